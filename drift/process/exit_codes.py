"""The exit codes of the command, which scripts rely on: 2 beats 3 beats 1."""

IN_SYNC = 0
"""In sync, or only differences below `--fail-on`."""

DRIFT = 1
"""Drift at `--fail-on` or above."""

COULD_NOT_CHECK = 2
"""Usage, configuration, import, connection, rights, timeout."""

NOT_DELIVERED = 3
"""Checked, but a report could not be delivered."""
