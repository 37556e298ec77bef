"""The messages of a channel that drift itself has posted, one per target.

Each holds the state of its target in its metadata, which Slack does not show. Other apps can copy
that, so that only a message of the token's own bot counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from drift.reporters.memory import State, key, packed, unpacked
from drift.reporters.slack.api import Api, Page
from drift.reporters.slack.rich_text import TEXT, cut
from drift.reporters.slack.texts import Text

EVENT = "drift_report"
_ROOM = 3000
"""Characters that the remembered findings may take of the metadata."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The bot of the token, and its workspace."""

    user_id: str
    bot_id: str | None = None
    user: str = ""
    team: str = ""


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    target: str
    findings: str
    content: str
    entries: str = "-"


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    event_type: str
    event_payload: msgspec.Raw


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as Slack sends it; its `ts` identifies it in its channel."""

    ts: str
    user: str | None = None
    bot_id: str | None = None
    metadata: _Metadata | None = None

    @property
    def payload(self) -> _Payload | None:
        """The data that drift keeps with it; None for any other message."""
        if self.metadata and self.metadata.event_type == EVENT:
            with contextlib.suppress(msgspec.MsgspecError):
                return msgspec.json.decode(self.metadata.event_payload, type=_Payload)
        return None

    @property
    def state(self) -> State | None:
        """The state of its target."""
        if not (known := self.payload):
            return None
        return State(
            findings=known.findings,
            content=known.content,
            revision=1,
            entries=unpacked(known.entries),
        )


class Posted(msgspec.Struct, frozen=True):
    """Slack's answer to a message."""

    ts: str


class Messages:
    """Finds, posts and changes drift's own messages. All methods raise RequestError."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.account = api.read("auth.test", {}, Account)

    def of(self, targets: Collection[str]) -> dict[str, Message]:
        """Return the newest message of each target, by the target's key."""
        wanted = set(map(key, targets))
        messages: dict[str, Message] = {}
        for page in self._api.pages():
            for name, message in self._own(page):
                if name in wanted:
                    messages.setdefault(name, message)
            if len(messages) == len(wanted):
                break
        return messages

    def post(self, target: str, text: Text, now: State) -> None:
        """Post a message, once even if Slack's answer is lost."""

        def arrived() -> Posted | None:
            newest = dict(self._own(next(self._api.pages()))).get(key(target))
            same = newest and newest.payload == _payload(target, now)
            return Posted(newest.ts) if newest and same else None

        self._api.post(_fields(text) | _metadata(target, now), Posted, arrived)

    def update(self, message: Message, target: str, text: Text, now: State) -> None:
        """Change a message, which notifies no one."""
        fields = {"ts": message.ts, **_fields(text), **_metadata(target, now)}
        self._api.change("chat.update", fields, Posted)

    def reply(self, message: Message, text: Text, *, broadcast: bool) -> None:
        """Reply in the message's thread; with `broadcast`, the channel shows the reply, too."""
        fields = {"thread_ts": message.ts, **_fields(text), "reply_broadcast": broadcast}
        self._api.post(fields, Posted, None)

    def _own(self, page: Page) -> Iterator[tuple[str, Message]]:
        """Yield the messages of the token's bot by their target's key, the newest first."""
        for raw in page.messages:
            with contextlib.suppress(msgspec.MsgspecError):
                message = msgspec.json.decode(raw, type=Message)
                if self._is_own(message) and (payload := message.payload):
                    yield payload.target, message

    def _is_own(self, message: Message) -> bool:
        if message.user:
            return message.user == self.account.user_id
        return bool(message.bot_id) and message.bot_id == self.account.bot_id


def _fields(text: Text) -> dict[str, Any]:
    return {**plain(text), "unfurl_links": False, "unfurl_media": False}


def plain(text: Text) -> dict[str, Any]:
    """Return a text's fields; in the words of a notification, only three characters are markup."""
    words = cut(text.words, TEXT)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        words = words.replace(character, entity)
    return {"text": words, "blocks": text.blocks, "mrkdwn": False, "parse": "none"}


def _payload(target: str, now: State) -> _Payload:
    return _Payload(
        target=key(target),
        findings=now.findings,
        content=now.content,
        entries=packed(now.entries, _ROOM),
    )


def _metadata(target: str, now: State) -> dict[str, Any]:
    payload = msgspec.to_builtins(_payload(target, now))
    return {"metadata": {"event_type": EVENT, "event_payload": payload}}
