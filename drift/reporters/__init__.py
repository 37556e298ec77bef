"""Reporters: a report in; out comes a note or a problem per delivery to a service.

A new one is one file here and one line in `REPORTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from drift.reporters.interface import ReporterFactory


Sources: TypeAlias = Mapping[str, tuple[str, ...]]


class Entry(NamedTuple):
    """A reporter's class, imported when it is used, and the sources of its credentials.

    `credentials` are settings in the section of the configuration that has the reporter's name,
    each with the variables of the environment that replace it. Applications may use the same
    variables for themselves: if there is an `address`, the reporter is only set up if one of its
    settings is there, too. `setup` names the variables that are enough.
    """

    factory: str
    setup: str
    credentials: Sources
    address: Sources = MappingProxyType({})

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables with a credential."""
        return tuple(chain.from_iterable(self.credentials.values()))


REPORTERS: Mapping[str, Entry] = {
    "sentry": Entry(
        "drift.reporters.sentry.reporter:SentryReporter", "SENTRY_DSN", {"dsn": ("SENTRY_DSN",)}
    ),
    "github": Entry(
        "drift.reporters.github.reporter:GitHubReporter",
        "GITHUB_TOKEN or GH_TOKEN",
        {"token": ("GITHUB_TOKEN", "GH_TOKEN")},
    ),
    "slack": Entry(
        "drift.reporters.slack.reporter:SlackReporter",
        "SLACK_BOT_TOKEN and DRIFT_SLACK_CHANNEL, or DRIFT_SLACK_WEBHOOK_URL",
        {"token": ("SLACK_BOT_TOKEN",), "webhook_url": ("SLACK_WEBHOOK_URL",)},
        {"channel": ("DRIFT_SLACK_CHANNEL",), "webhook_url": ("DRIFT_SLACK_WEBHOOK_URL",)},
    ),
    "webhook": Entry(
        "drift.reporters.webhook.reporter:WebhookReporter",
        "DRIFT_WEBHOOK_URL",
        {"url": ("DRIFT_WEBHOOK_URL",), "secret": ("DRIFT_WEBHOOK_SECRET",), "headers": ()},
        {"url": ("DRIFT_WEBHOOK_URL",)},
    ),
}


def resolve(name: str) -> ReporterFactory:
    """Return the class of a reporter; raise KeyError for an unknown name."""
    module, _, attribute = REPORTERS[name].factory.partition(":")
    factory: ReporterFactory = getattr(import_module(module), attribute)
    return factory
