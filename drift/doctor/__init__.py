"""Verifies everything that a check needs; returns one line per item, with the fix if it fails."""
