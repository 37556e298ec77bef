"""Two schemas in, findings out: pure, deterministic, the same for every kind of object."""
