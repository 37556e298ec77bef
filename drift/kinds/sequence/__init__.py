"""Sequences, and the options of those behind SERIAL and identity columns."""
