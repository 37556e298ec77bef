"""Sentry: a report in; events per table, and check-ins with a cron monitor, out."""
