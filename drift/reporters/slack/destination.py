"""The destination of the messages: a channel with a bot token, or an incoming webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from drift.config import Slack
from drift.config.addresses import web_address
from drift.errors import UsageError

_TOKEN = re.compile(r"[!-~]{1,1000}")
_CHANNEL = re.compile("[CG][A-Z0-9]{6,20}")
_ID = "the ID of a channel, such as C0123456789; Slack shows it at the end of the channel's details"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by its ID, a bot token, and the Web API, whose URL has no slash at its end."""

    channel: str
    token: str
    api_url: str

    def __repr__(self) -> str:
        """Return no part of it: the token is a secret."""
        return "Channel()"


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """The URL of an incoming webhook."""

    url: str

    def __repr__(self) -> str:
        """Return no part of it: the URL is a secret."""
        return "Incoming()"


def channel(settings: Slack, environment: Mapping[str, str]) -> str:
    """Return the ID of the channel, as given; without one, "": messages go to a webhook."""
    return (settings.channel or environment.get("DRIFT_SLACK_CHANNEL") or "").strip()


def destination(settings: Slack, environment: Mapping[str, str]) -> Channel | Incoming:
    """Return the channel, or else the incoming webhook. Raises UsageError.

    Settings come before variables, and a channel comes before a webhook.
    """
    known = channel(settings, environment)
    url = (settings.webhook_url or environment.get("SLACK_WEBHOOK_URL") or "").strip()
    token = (settings.token or environment.get("SLACK_BOT_TOKEN") or "").strip()
    if url and not known:
        return _incoming(url)
    if not token:
        raise UsageError(
            "slack: no token; set SLACK_BOT_TOKEN or slack.token, and slack.channel; or set "
            "SLACK_WEBHOOK_URL or slack.webhook_url"
        )
    if not _TOKEN.fullmatch(token):
        raise UsageError("slack: the token contains invalid characters; set it again")
    if not known:
        raise UsageError(f"slack: no channel; set slack.channel or DRIFT_SLACK_CHANNEL to {_ID}")
    if not _CHANNEL.fullmatch(known):
        raise UsageError(f"slack: {known[:80]!r} is not {_ID}")
    if problem := web_address(settings.api_url):
        raise UsageError(f"slack: slack.api_url {problem}")
    return Channel(channel=known, token=token, api_url=settings.api_url.rstrip("/"))


def _incoming(url: str) -> Incoming:
    if problem := web_address(url):
        raise UsageError(f"slack: slack.webhook_url or SLACK_WEBHOOK_URL {problem}")
    return Incoming(url=url)
