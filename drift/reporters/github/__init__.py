"""GitHub: a report in; one issue per target, kept up to date, out."""
