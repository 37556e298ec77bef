"""GitHub: a report goes in; one issue per target, kept up to date, comes out."""
