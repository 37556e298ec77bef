"""Slack: a report in; one message per target, kept up to date, out."""
