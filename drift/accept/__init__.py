"""Findings that a team accepts, and the text of a configuration → the text with their entries."""
