"""One GitHub issue per target, kept up to date."""
