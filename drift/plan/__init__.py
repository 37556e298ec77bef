"""Plans: the steps that change a database, the locks and work of each, and their order."""
