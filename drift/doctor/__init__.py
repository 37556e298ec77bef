"""`drift doctor`: the options of a check in; one line per subject, with a fix for what fails, out.

Each module probes one subject and yields a `Result` per line.
"""
