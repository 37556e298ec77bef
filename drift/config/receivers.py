"""The keys of the receivers: one section per reporter, with its address and its credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from drift.config import values
from drift.config.addresses import HeaderName, PrivateAddress, PrivateText, SlackChannel
from drift.config.declaration import key
from drift.config.values import Duration, LongDuration, Text


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A cron monitor of Sentry's; `schedule` in crontab's five fields, times in seconds."""

    slug: Annotated[
        values.Slug,
        key(
            "Name of the monitor in Sentry.",
            missing="missing; write the monitor's slug, such as schema-drift",
        ),
    ]
    schedule: Annotated[
        values.Schedule,
        key(
            "The workflow's cron, in five fields.",
            missing='missing; write the workflow\'s cron, such as "17 4 * * *"',
        ),
    ]
    timezone: Annotated[values.TimeZone, key("Time zone of the schedule.")] = "UTC"
    checkin_margin: Annotated[LongDuration, key("How late a check may start.")] = 480 * 60
    max_runtime: Annotated[LongDuration, key("Time that a check may take.")] = 30 * 60


class Sentry(msgspec.Struct, frozen=True, kw_only=True):
    """The Sentry project and the properties of its events; SENTRY_DSN replaces a missing DSN."""

    dsn: Annotated[Text | None, key("DSN of the project. Default: SENTRY_DSN.")] = None
    environment: Annotated[
        values.Environment | None,
        key("Environment of the events. Default: SENTRY_ENVIRONMENT, or the target's name."),
    ] = None
    release: Annotated[values.Release | None, key("Release, such as shop@1.2.0.")] = None
    timeout: Annotated[Duration, key("Time that sending one event may take.")] = 5
    monitor: Annotated[
        Monitor | None, key("Cron monitor, which alerts if a check failed or never ran.")
    ] = None
    notify: Annotated[
        values.Notify | None,
        key("Whether all findings cause events, or only new ones. Default: the top level's."),
    ] = None

    def __repr__(self) -> str:
        """Return no part of it: the DSN holds a key."""
        return "Sentry()"


class GitHub(msgspec.Struct, frozen=True, kw_only=True):
    """The repository of the issues; the variables of Actions replace values that are None."""

    repository: Annotated[
        values.Repository | None, key("Repository, as owner/name. Default: the workflow's.")
    ] = None
    token: Annotated[
        Text | None, key("Token with issues: write. Default: GITHUB_TOKEN or GH_TOKEN.")
    ] = None
    api_url: Annotated[
        values.Address | None, key("URL of the API. Default: the workflow's, or github.com's.")
    ] = None
    labels: Annotated[
        tuple[values.Label, ...],
        key("Labels of the issue. The first identifies it: use one that only drift uses."),
    ] = ("schema-drift",)
    timeout: Annotated[Duration, key("Time that one request may take.")] = 10
    pull_requests: Annotated[
        values.Flag, key("Whether checks of pull requests update the issue, too.")
    ] = False
    notify: Annotated[
        values.Notify | None,
        key("Whether all changes cause a comment, or only new findings. Default: the top level's."),
    ] = None

    def __repr__(self) -> str:
        """Return no part of it: the token is a secret."""
        return "GitHub()"


class Slack(msgspec.Struct, frozen=True, kw_only=True):
    """The channel of the messages: with a bot token they are updated, with a webhook they are not.

    Variables of the environment replace values that are None.
    """

    token: Annotated[
        PrivateText | None,
        key("Bot token with chat:write and channels:history. Default: SLACK_BOT_TOKEN."),
    ] = None
    channel: Annotated[
        SlackChannel | None,
        key("ID of the channel, such as C0123456789. Default: DRIFT_SLACK_CHANNEL."),
    ] = None
    webhook_url: Annotated[
        PrivateAddress | None,
        key(
            "URL of an incoming webhook, instead of token and channel. Its messages are not "
            "updated. Default: SLACK_WEBHOOK_URL."
        ),
    ] = None
    api_url: Annotated[
        values.Address, key("URL of the Web API; GovSlack's is https://slack-gov.com/api.")
    ] = "https://slack.com/api"
    timeout: Annotated[Duration, key("Time that one request may take.")] = 10
    pull_requests: Annotated[
        values.Flag, key("Whether checks of pull requests update the message, too.")
    ] = False
    notify: Annotated[
        values.Notify | None,
        key("Whether all changes cause a reply, or only new findings. Default: the top level's."),
    ] = None

    def __repr__(self) -> str:
        """Return no part of it: token and URL are secrets."""
        return "Slack()"


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """The address that gets the JSON report of each run, and the key of its signature."""

    url: Annotated[
        PrivateAddress | None,
        key("Address that gets the report, over https. Default: DRIFT_WEBHOOK_URL."),
    ] = None
    secret: Annotated[
        PrivateText | None,
        key("Key of the signature that a receiver verifies. Default: DRIFT_WEBHOOK_SECRET."),
    ] = None
    headers: Annotated[
        Mapping[HeaderName, PrivateText], key("Further headers, such as Authorization.")
    ] = {}
    timeout: Annotated[Duration, key("Time that one request may take.")] = 10
    pull_requests: Annotated[
        values.Flag, key("Whether checks of pull requests are posted, too.")
    ] = False
    notify: Annotated[
        values.Notify | None,
        key(
            "Whether every run is posted, or only those with new findings. Default: the top "
            "level's."
        ),
    ] = None

    def __repr__(self) -> str:
        """Return no part of it: the URL, the key and the headers are secrets."""
        return "Webhook()"
