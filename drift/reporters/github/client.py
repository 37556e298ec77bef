"""GitHub's API with patience: what failed is tried again where that cannot do it twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from drift.formats.vocabulary import plural
from drift.reporters.github.errors import Answer, GitHubError, PassingError, explained
from drift.reporters.github.place import Place
from drift.reporters.github.transport import Transport

T = TypeVar("T")

ATTEMPTS = 3
BETWEEN_WRITES = 1.0
"""Seconds that GitHub asks to leave between two requests that write."""

MOST_PAGES = 50
_LISTING = 6
"""How many timeouts all pages of a listing together may take."""

_NEXT = re.compile(r'<([^<>]+)>; *rel="next"')
_ONE_ISSUE = re.compile(r"/issues/\d")
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
        self._base = f"{place.api_url}/repos/{place.repository}"
        self._transport = transport
        self._timeout = timeout
        self._attempt = timeout / 2
        self._patience = timeout
        self._clock = clock
        self._written = -BETWEEN_WRITES

    def get(self, path: str, kind: type[T]) -> T:
        """Return what is at a path below the repository's. Raises GitHubError."""
        return self._persist(lambda: self._decoded(self._below("GET", path), kind))

    def ask(self, url: str, kind: type[T], query: str = "") -> T:
        """Return what is at another address of the API; `query` in GraphQL. Raises GitHubError."""
        method, fields = ("POST", {"query": query}) if query else ("GET", None)
        return self._persist(lambda: self._decoded(self._once(method, url, fields), kind))

    def pages(self, path: str, query: Mapping[str, Any], kind: type[T]) -> Iterator[T]:
        """Yield one page of a listing after the other. Raises GitHubError.

        What an answer names as the next page may be the same one, or go on for ever.
        """
        rest = urlencode({**query, "per_page": 100})
        until = self._clock.monotonic() + self._timeout * _LISTING
        number = 0
        while rest:
            if number == MOST_PAGES or self._clock.monotonic() > until:
                raise GitHubError(
                    f"{self.place.host} still had more of {path} after {plural(number, 'page')}, "
                    "so it was given up; write a label that only drift uses into github.labels"
                )
            answer = self._persist(lambda: self._below("GET", f"{path}?{rest}"))  # noqa: B023
            yield self._decoded(answer, kind)
            rest = _next(answer)
            number += 1

    def patch(self, path: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        """Change what is at a path; twice is the same as once. Raises GitHubError."""
        return self._persist(lambda: self._decoded(self._write("PATCH", path, fields), kind))

    def post(
        self, path: str, fields: Mapping[str, Any], kind: type[T], arrived: Callable[[], T | None]
    ) -> T:
        """Make something new, once: `arrived` looks for it before it is tried again."""
        return self._persist(
            lambda: self._decoded(self._write("POST", path, fields), kind), arrived
        )

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

    def _write(self, method: str, path: str, fields: Any) -> Answer:
        rest = self._written + BETWEEN_WRITES - self._clock.monotonic()
        if rest > 0:
            self._clock.sleep(rest)
        try:
            return self._below(method, path, fields)
        finally:
            self._written = self._clock.monotonic()

    def _below(self, method: str, path: str, fields: Any = None) -> Answer:
        """Make one attempt below the repository's address, and follow where that has moved to.

        A redirect of a single issue is not followed: it was transferred to another repository,
        where nothing is to be written.
        """
        plain = path.partition("?")[0]
        follow = not _ONE_ISSUE.match(plain)
        answer = self._once(method, self._base + path, fields, follow=follow)
        there = answer.url.partition("?")[0]
        if there.endswith(plain):
            self._base = there.removesuffix(plain)
        return answer

    def _once(self, method: str, url: str, fields: Any, *, follow: bool = False) -> Answer:
        """Make one attempt; return the answer if it is a success."""
        if self._patience < _LEAST:
            raise GitHubError(f"{self.place.host} was given up: it failed for too long")
        timeout = min(self._attempt, self._patience)
        answer = self._transport.send(method, url, fields, timeout, follow=follow)
        if not 200 <= answer.status < 300:
            raise explained(answer, self.place, self._clock.now())
        return answer

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
