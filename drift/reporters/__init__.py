"""Reporters push a report to where people look, and say whether it arrived.

A new one is one file here and one line in `REPORTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.reporters.interface import Make

REPORTERS: Mapping[str, str] = {
    "sentry": "drift.reporters.sentry.reporter:SentryReporter",
    "github": "drift.reporters.github.reporter:GitHubReporter",
}
"""Names with the classes that do the work, imported when they are used."""


def resolve(name: str) -> Make:
    """Return what makes a reporter; raise KeyError for an unknown name."""
    module, _, factory = REPORTERS[name].partition(":")
    found: Make = getattr(import_module(module), factory)
    return found
