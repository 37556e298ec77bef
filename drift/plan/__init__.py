"""How to close a gap: the steps that change a database, what each locks, and their order."""
