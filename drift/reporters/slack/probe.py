"""Checks whether a message could be posted; only a test message makes it certain."""

from __future__ import annotations

import msgspec

from drift.formats.escape import visible
from drift.reporters.http.retries import RequestError
from drift.reporters.interface import Delivery
from drift.reporters.slack import rich_text
from drift.reporters.slack.api import Api
from drift.reporters.slack.incoming import IncomingWebhook
from drift.reporters.slack.messages import Messages, Posted, plain
from drift.reporters.slack.texts import Text

WORDS = "Test by drift doctor: no action needed"
_TEST = Text(WORDS, [rich_text.table([rich_text.text(WORDS)], [])])


class _Done(msgspec.Struct):
    ok: bool


def probe_channel(api: Api, *, send_test: bool) -> Delivery:
    """Ask for the token's account, and read the channel; `send_test` posts a message at once."""
    notes: list[str] = []
    try:
        account = Messages(api).account
        notes.append(
            f"{api.host} accepts the token, which is {visible(account.user or account.user_id)}'s "
            f"in the workspace {visible(account.team)}"
        )
        next(api.pages())
        notes.append(f"the app reads the channel {api.channel}")
        if send_test:
            posted = api.post(plain(_TEST), Posted, None)
            api.change("chat.delete", {"ts": posted.ts}, _Done)
            notes.append("posted and deleted a test message")
    except RequestError as problem:
        return Delivery(notes=tuple(notes), problems=(str(problem),))
    return Delivery(notes=tuple(notes))


def probe_incoming(webhook: IncomingWebhook, *, send_test: bool) -> Delivery:
    """Post a test message if `send_test`; there is no other way to ask an incoming webhook."""
    if not send_test:
        note = "an incoming webhook is only known to work if it gets a message; use --send-test"
        return Delivery(notes=(note,))
    try:
        webhook.post(_TEST)
    except RequestError as problem:
        return Delivery(problems=(str(problem),))
    return Delivery(notes=("posted a test message",))
