"""A report, and a file with the findings of earlier runs → the age of each finding."""

from drift.history.history import History

__all__ = ["History"]
