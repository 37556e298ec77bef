"""Reporters: a report in; out comes a note or a problem per delivery to a service.

A new one is one file here and one line in `REPORTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from drift.reporters.interface import ReporterFactory


class Entry(NamedTuple):
    """A reporter's class, imported when it is used, and the sources of its credentials.

    That is one `setting` in the section of the configuration that has the reporter's name, if it
    has one, or one of the `variables` of the environment.
    """

    factory: str
    setting: str
    variables: tuple[str, ...]


REPORTERS: Mapping[str, Entry] = {
    "sentry": Entry("drift.reporters.sentry.reporter:SentryReporter", "dsn", ("SENTRY_DSN",)),
    "github": Entry(
        "drift.reporters.github.reporter:GitHubReporter", "token", ("GITHUB_TOKEN", "GH_TOKEN")
    ),
}


def resolve(name: str) -> ReporterFactory:
    """Return the class of a reporter; raise KeyError for an unknown name."""
    module, _, attribute = REPORTERS[name].factory.partition(":")
    factory: ReporterFactory = getattr(import_module(module), attribute)
    return factory
