"""GitHub's API with patience: what failed is tried again where that cannot do it twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from drift.reporters.github_errors import Answer, GitHubError, PassingError, explained
from drift.reporters.github_place import Place
from drift.reporters.github_transport import Transport

T = TypeVar("T")

ATTEMPTS = 3
BETWEEN_WRITES = 1.0
"""Seconds that GitHub asks to leave between two requests that write."""

_NEXT = re.compile(r'<([^<>]+)>; *rel="next"')
_LEAST = 0.2


class Clock(msgspec.Struct, frozen=True):
    """Time in seconds, and how it passes."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class Client:
    """Requests about one repository.

    `timeout` in seconds is all that failing and waiting may take, over all requests together;
    one attempt gets half of it.
    """

    def __init__(self, place: Place, transport: Transport, timeout: float, clock: Clock) -> None:
        self.place = place
        self._transport = transport
        self._attempt = timeout / 2
        self._patience = timeout
        self._clock = clock
        self._written = -BETWEEN_WRITES

    def get(self, path: str, kind: type[T]) -> T:
        """Return what is at a path below the repository's. Raises GitHubError."""
        return self._persist(lambda: self._decoded(self._once("GET", path), kind))

    def pages(self, path: str, query: Mapping[str, Any], kind: type[T]) -> Iterator[T]:
        """Yield one page of a listing after the other. Raises GitHubError."""
        rest = urlencode({**query, "per_page": 100})
        while rest:
            answer = self._persist(lambda: self._once("GET", f"{path}?{rest}"))  # noqa: B023
            yield self._decoded(answer, kind)
            rest = _next(answer)

    def patch(self, path: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        """Change what is at a path; twice is the same as once. Raises GitHubError."""
        return self._persist(lambda: self._decoded(self._once("PATCH", path, fields), kind))

    def post(
        self, path: str, fields: Mapping[str, Any], kind: type[T], arrived: Callable[[], T | None]
    ) -> T:
        """Make something new, once: `arrived` looks for it before it is tried again."""
        return self._persist(lambda: self._decoded(self._once("POST", path, fields), kind), arrived)

    def _persist(self, send: Callable[[], T], arrived: Callable[[], T | None] = lambda: None) -> T:
        attempt = 1
        while True:
            began = self._clock.monotonic()
            try:
                return send()
            except PassingError as problem:
                self._patience -= self._clock.monotonic() - began
                wait = problem.wait or 2.0 ** (attempt - 1)
                if attempt == ATTEMPTS or wait + _LEAST > self._patience:
                    raise
                self._patience -= wait
                self._clock.sleep(wait)
                if problem.unclear and (found := arrived()) is not None:
                    return found
            attempt += 1

    def _once(self, method: str, path: str, fields: Any = None) -> Answer:
        """Make one attempt; return the answer if it is a success."""
        if self._patience < _LEAST:
            raise GitHubError(f"{self.place.host} was given up: it failed for too long")
        if method != "GET":
            self._pause()
        try:
            where = f"/repos/{self.place.repository}{path}"
            timeout = min(self._attempt, self._patience)
            answer = self._transport.send(method, where, fields, timeout)
        finally:
            if method != "GET":
                self._written = self._clock.monotonic()
        if not 200 <= answer.status < 300:
            raise explained(answer, self.place, self._clock.now())
        return answer

    def _pause(self) -> None:
        rest = self._written + BETWEEN_WRITES - self._clock.monotonic()
        if rest > 0:
            self._clock.sleep(rest)

    def _decoded(self, answer: Answer, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            text = f"{self.place.host} answered {answer.status} with something that GitHub's API "
            raise PassingError(
                f"{text}does not answer; is this its address?", answer.status, unclear=True
            ) from None


def _next(answer: Answer) -> str:
    """Return the query of the next page: never its host or path, which an answer may not choose."""
    found = _NEXT.search(answer.headers.get("link", ""))
    return urlsplit(found[1]).query if found else ""
