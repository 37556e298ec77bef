"""What the commands print, word for word: a file per command, format or kind of error.

DRIFT_UPDATE_SNAPSHOTS=1 python -m pytest tests/snapshots

regenerates the files. Review the diff like code.
"""
