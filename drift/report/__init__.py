"""The outcome of a run as data: findings, checks, the report, and its JSON."""
