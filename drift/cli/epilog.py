"""The end of help texts: the exit codes of a check."""

EPILOG = """\b
Exit codes:
  0  in sync, or only differences below --fail-on
  1  drift at or above --fail-on
  2  could not check: usage, configuration, import, connection, privileges, timeout
  3  checked, but a report could not be delivered
"""
