"""GitHub's REST API below one repository; a request is repeated only if that cannot do it twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from drift import __version__
from drift.formats.vocabulary import plural
from drift.reporters.github.errors import failure
from drift.reporters.github.repository import Repository
from drift.reporters.http.receiver import Receiver, Request, Response
from drift.reporters.http.retries import Clock, RequestError, Retries, RetryableError

T = TypeVar("T")

API_VERSION = "2022-11-28"
BETWEEN_WRITES = 1.0
"""Seconds that GitHub asks to leave between two requests that write."""

MOST_PAGES = 50
_LISTING = 6
"""How many timeouts all pages of a listing together may take."""

_NEXT = re.compile(r'<([^<>]+)>; *rel="next"')
_SINGLE_ISSUE = re.compile(r"/issues/\d")


class Api:
    """Requests about one repository, whose paths begin below it.

    `timeout` in seconds is for all failed attempts and waiting; one attempt gets half of it.
    """

    def __init__(
        self, repository: Repository, receiver: Receiver, timeout: float, clock: Clock
    ) -> None:
        self.repository = repository
        self.host = receiver.host
        self._url = repository.url
        self._receiver = receiver
        self._timeout = timeout
        self._clock = clock
        self._retries = Retries(
            host=receiver.host, timeout=timeout / 2, patience=timeout, clock=clock
        )
        self._last_write = -BETWEEN_WRITES

    def get(self, path: str, kind: type[T]) -> T:
        """Return the resource at a path. Raises RequestError."""
        return self._retried(partial(self._at_path, "GET", path, None), kind)

    def get_url(self, url: str, kind: type[T]) -> T:
        """Return the resource at another address of the API. Raises RequestError."""
        return self._retried(partial(self._once, "GET", url, None), kind)

    def graphql(self, query: str, kind: type[T]) -> T:
        """Return the response to a GraphQL query, which changes nothing. Raises RequestError."""
        url = self.repository.graphql_url
        return self._retried(partial(self._once, "POST", url, {"query": query}), kind)

    def pages(self, path: str, query: Mapping[str, Any], kind: type[T]) -> Iterator[T]:
        """Yield the pages of a listing. Raises RequestError.

        The next page that a response names may be the same one, or never the last.
        """
        rest = urlencode({**query, "per_page": 100})
        deadline = self._clock.monotonic() + self._timeout * _LISTING
        number = 0
        while rest:
            if number == MOST_PAGES or self._clock.monotonic() > deadline:
                raise RequestError(
                    f"{self.host} still had more of {path} after {plural(number, 'page')}; set "
                    "github.labels to a label that only drift uses"
                )
            page = partial(self._at_path, "GET", f"{path}?{rest}", None)
            response = self._retries.run(page)
            yield self._decoded(response, kind)
            rest = _next_query(response)
            number += 1

    def patch(self, path: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        """Change the resource at a path, which may be done twice. Raises RequestError."""
        return self._retried(partial(self._write, "PATCH", path, fields), kind)

    def post(
        self, path: str, fields: Mapping[str, Any], kind: type[T], arrived: Callable[[], T | None]
    ) -> T:
        """Create something once: `arrived` looks for it before another attempt."""
        return self._retried(partial(self._write, "POST", path, fields), kind, arrived)

    def _retried(
        self,
        send: Callable[[float], Response],
        kind: type[T],
        arrived: Callable[[], T | None] = lambda: None,
    ) -> T:
        return self._retries.run(lambda timeout: self._decoded(send(timeout), kind), arrived)

    def _write(self, method: str, path: str, fields: Any, timeout: float) -> Response:
        pause = self._last_write + BETWEEN_WRITES - self._clock.monotonic()
        if pause > 0:
            self._clock.sleep(pause)
        try:
            return self._at_path(method, path, fields, timeout)
        finally:
            self._last_write = self._clock.monotonic()

    def _at_path(self, method: str, path: str, fields: Any, timeout: float) -> Response:
        """Make one attempt below the repository, and remember the address that it has moved to.

        A redirect of a single issue is not followed: the issue was transferred to another
        repository, where nothing must be written.
        """
        plain = path.partition("?")[0]
        follow = not _SINGLE_ISSUE.match(plain)
        response = self._once(method, self._url + path, fields, timeout, follow=follow)
        url = response.url.partition("?")[0]
        if url.endswith(plain):
            self._url = url.removesuffix(plain)
        return response

    def _once(
        self, method: str, url: str, fields: Any, timeout: float, *, follow: bool = False
    ) -> Response:
        """Make one attempt; return the response if it is a success."""
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.repository.token}",
            "User-Agent": f"sqlalchemy-drift/{__version__}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode(fields)
        request = Request(method=method, url=url, headers=headers, body=body, follow=follow)
        response = self._receiver.send(request, timeout)
        if not 200 <= response.status < 300:
            raise failure(response, self._receiver, self.repository.name, self._clock.now())
        return response

    def _decoded(self, response: Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            message = (
                f"{self.host} answered {response.status}, but not as GitHub's API does; check "
                "github.api_url"
            )
            raise RetryableError(message, response.status, unclear=True) from None


def _next_query(response: Response) -> str:
    """Return the query of the next page: a response must not choose its host or path."""
    link = _NEXT.search(response.headers.get("link", ""))
    return urlsplit(link[1]).query if link else ""
