"""The variables that a job hands to the receivers of its reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec


class Credential(msgspec.Struct, frozen=True):
    """A variable of the job, and the name of the stored value that fills it.

    Not every value is a `secret`, or `required`.
    """

    variable: str
    stored: str
    secret: bool = True
    required: bool = True


# The names with DRIFT_ are kept from the models' code.
CREDENTIALS: dict[str, tuple[Credential, ...]] = {
    "sentry": (Credential("DRIFT_SENTRY_DSN", "SENTRY_DSN"),),
    "github": (Credential("DRIFT_GITHUB_TOKEN", "GITHUB_TOKEN"),),
    "slack": (
        Credential("DRIFT_SLACK_TOKEN", "SLACK_BOT_TOKEN"),
        Credential("DRIFT_SLACK_CHANNEL", "SLACK_CHANNEL", secret=False),
    ),
    "webhook": (
        Credential("DRIFT_WEBHOOK_URL", "DRIFT_WEBHOOK_URL"),
        Credential("DRIFT_WEBHOOK_SECRET", "DRIFT_WEBHOOK_SECRET", required=False),
    ),
}


def of(reports: Iterable[str]) -> Iterator[Credential]:
    """Yield the credentials of receivers."""
    for name in reports:
        yield from CREDENTIALS[name]
