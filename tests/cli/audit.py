"""The models of the demo, for tests that check a database that fits them."""

AUDIT = ("--models", "drift.demo.models:Base")
