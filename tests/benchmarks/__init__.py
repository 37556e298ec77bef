"""Measurements, run by hand: what is found, and how fast."""
