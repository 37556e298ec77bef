"""The steps for each kind of object: what is missing, extra or different."""
