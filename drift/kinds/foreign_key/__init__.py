"""Foreign keys."""
