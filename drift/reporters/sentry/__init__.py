"""Sentry: a report goes in; events per table, and check-ins with a cron monitor, go out."""
