"""Sentry events, and a cron monitor check-in."""
