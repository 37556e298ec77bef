"""The statements of plans by the kind of object, with the lock and the work of each."""
