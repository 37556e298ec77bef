"""Tables, and the relations that may stand in for one."""
