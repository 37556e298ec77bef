"""Slack's Web API with a bot token; a request is repeated only if that cannot post twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from drift import __version__
from drift.reporters.http.receiver import Receiver, Request, Response
from drift.reporters.http.retries import Clock, RequestError, Retries, RetryableError
from drift.reporters.slack.destination import Channel
from drift.reporters.slack.errors import failure

T = TypeVar("T")

BETWEEN_WRITES = 1.0
"""Seconds between two messages: Slack takes one per second and channel."""

PAGE, MOST_PAGES = 200, 25
"""Messages per page of a channel's history, and the pages that are searched."""

_PATIENCE = 3
"""The number of timeouts that failed attempts and waiting may take together."""


class _Outcome(msgspec.Struct):
    ok: bool
    error: str = ""
    needed: str = ""


class _Cursor(msgspec.Struct):
    next_cursor: str = ""


class Page(msgspec.Struct):
    """A page of a channel's history, the newest message first."""

    messages: tuple[msgspec.Raw, ...] = ()
    response_metadata: _Cursor | None = None


class Api:
    """Requests about one channel; `timeout` in seconds is for one attempt."""

    def __init__(
        self, destination: Channel, receiver: Receiver, timeout: float, clock: Clock
    ) -> None:
        self.channel = destination.channel
        self.host = receiver.host
        self._destination = destination
        self._receiver = receiver
        self._clock = clock
        limits: dict[str, Any] = {
            "host": receiver.host,
            "timeout": timeout,
            "patience": timeout * _PATIENCE,
            "clock": clock,
        }
        self._retries = Retries(**limits)
        self._once = Retries(**limits, unclear=False)
        self._last_write = -BETWEEN_WRITES

    def read(self, method: str, fields: Mapping[str, str], kind: type[T]) -> T:
        """Return the response to a question. Raises RequestError."""
        form = urlencode(fields).encode()
        return self._retries.run(
            lambda timeout: self._sent(method, "x-www-form-urlencoded", form, kind, timeout)
        )

    def pages(self) -> Iterator[Page]:
        """Yield the pages of the channel's history, the newest first. Raises RequestError."""
        fields = {"channel": self.channel, "limit": str(PAGE), "include_all_metadata": "true"}
        for _ in range(MOST_PAGES):
            page = self.read("conversations.history", fields, Page)
            yield page
            if not page.response_metadata or not page.response_metadata.next_cursor:
                return
            fields["cursor"] = page.response_metadata.next_cursor

    def change(self, method: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        """Call a method that may be called twice. Raises RequestError."""
        return self._retries.run(lambda timeout: self._written(method, fields, kind, timeout))

    def post(
        self, fields: Mapping[str, Any], kind: type[T], arrived: Callable[[], T | None] | None
    ) -> T:
        """Post a message once: `arrived` looks for it before another attempt.

        Without it, a message whose response was lost is not posted again.
        """

        def send(timeout: float) -> T:
            return self._written("chat.postMessage", fields, kind, timeout)

        return self._retries.run(send, arrived) if arrived else self._once.run(send)

    def _written(self, method: str, fields: Mapping[str, Any], kind: type[T], timeout: float) -> T:
        pause = self._last_write + BETWEEN_WRITES - self._clock.monotonic()
        if pause > 0:
            self._clock.sleep(pause)
        body = msgspec.json.encode({"channel": self.channel, **fields})
        try:
            return self._sent(method, "json; charset=utf-8", body, kind, timeout)
        finally:
            self._last_write = self._clock.monotonic()

    def _sent(self, method: str, form: str, body: bytes, kind: type[T], timeout: float) -> T:
        """Make one attempt. Raises RequestError unless Slack answers that it went well."""
        headers = {
            "Authorization": f"Bearer {self._destination.token}",
            "Content-Type": f"application/{form}",
            "User-Agent": f"sqlalchemy-drift/{__version__}",
        }
        url = f"{self._destination.api_url}/{method}"
        request = Request(method="POST", url=url, headers=headers, body=body)
        response = self._receiver.send(request, timeout)
        outcome = self._outcome(response)
        if not outcome.ok or response.status != 200:
            raise failure(
                response, self._receiver, outcome.error, self._clock.now(), outcome.needed
            )
        try:
            return msgspec.json.decode(response.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._unlike(response) from None

    def _outcome(self, response: Response) -> _Outcome:
        """Return whether it went well. Raises RequestError for a text that is not Slack's."""
        try:
            return msgspec.json.decode(response.body, type=_Outcome)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            if response.status == 200 or 300 <= response.status < 400:
                raise self._unlike(response) from None
            return _Outcome(ok=False)

    def _unlike(self, response: Response) -> RequestError:
        """Return the error for a response of another program, such as a proxy."""
        message = (
            f"{self.host} answered {response.status}, but not as Slack's API does; check "
            "slack.api_url"
        )
        if response.status != 200:
            return RequestError(message, response.status)
        return RetryableError(message, response.status, unclear=True)
