"""Webhook: a report in; a signed POST of its JSON document out."""
