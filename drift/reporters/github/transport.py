"""One request to GitHub's API and its answer, within a time that nothing can stretch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec
import urllib3

from drift import __version__
from drift.reporters.github.errors import Answer, GitHubError, MovedError, PassingError
from drift.reporters.github.place import Place
from drift.reporters.http.alone import alone
from drift.reporters.http.deadline import within
from drift.reporters.http.pools import ProxyAddressError, pool

API_VERSION = "2022-11-28"
LARGEST = 64 << 20
"""Bytes of an answer: a hundred issues, as long as GitHub allows, have less than half of it."""

_REDIRECTS = {301, 302, 307, 308}
_HOPS = 3
_PORTS = {"http": 80, "https": 443}
_READ = 64 * 1024


class _Request(msgspec.Struct, frozen=True):
    """What is sent, and until when an answer is of use."""

    method: str
    url: str
    fields: Any
    until: float

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when nobody waits any more."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Transport:
    """Sends requests with the token, and never to another host than the API's own."""

    def __init__(self, place: Place, environment: Mapping[str, str]) -> None:
        self._place = place
        self._pool: urllib3.PoolManager | None = None
        self._problem = ""
        try:
            self._pool = pool(place.api_url, environment)
        except ProxyAddressError as problem:
            self._problem = f"{place.host} cannot be reached: {problem}"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {place.token}",
            "User-Agent": f"sqlalchemy-drift/{__version__}",
            "X-GitHub-Api-Version": API_VERSION,
        }

    def close(self) -> None:
        """Let go of the connections."""
        if self._pool:
            self._pool.clear()

    def send(
        self, method: str, url: str, fields: Any, timeout: float, *, follow: bool = True
    ) -> Answer:
        """Send one request, `fields` as JSON; with `follow`, go where the repository has moved to.

        `timeout` in seconds is for all of it, redirects included. Raises PassingError without an
        answer, GitHubError for a redirect to another server, MovedError for one not to follow.
        """
        if not self._pool:
            raise GitHubError(self._problem)
        request = _Request(method, url, fields, time.monotonic() + timeout)
        try:
            return within(timeout, lambda: self._answered(request, follow=follow))
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            text = f"{self._place.host} {_why(problem, timeout)}"
            raise PassingError(text, unclear=True) from None

    def _answered(self, request: _Request, *, follow: bool) -> Answer:
        for _ in range(_HOPS):
            answer = self._exchange(request)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._followed(request.url, answer)
            if not follow:
                raise MovedError(
                    f"{self._place.host} answered {answer.status}: this is at another address now, "
                    "which is not followed; check github.api_url"
                )
            request = msgspec.structs.replace(request, url=url)
        raise GitHubError(f"{self._place.host} redirects without end", answer.status)

    def _exchange(self, request: _Request) -> Answer:
        assert self._pool is not None
        headers = dict(self._headers)
        body = None
        if request.fields is not None:
            body = msgspec.json.encode(request.fields)
            headers["Content-Type"] = "application/json"
        with alone():
            response = self._pool.request(
                request.method,
                request.url,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=request.left()),
            )
            try:
                content = self._read(response, request)
            finally:
                response.close()
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, content, request.url)

    def _read(self, response: Any, request: _Request) -> bytes:
        """Return the body as it comes, so that neither its length nor its time is without end."""
        content = bytearray()
        while block := response.read(_READ):
            content += block
            if len(content) > LARGEST:
                raise GitHubError(
                    f"{self._place.host} answered with more than {LARGEST >> 20} MiB, which "
                    "GitHub's API does not; is this its address?",
                    response.status,
                )
            request.left()
        return bytes(content)

    def _followed(self, url: str, answer: Answer) -> str:
        """Return where a redirect leads, as long as that is the same server."""
        try:
            new = urljoin(url, answer.headers.get("location", ""))
            same = _origin(urlsplit(new)) == _origin(urlsplit(url))
        except ValueError:
            same = False
        if not same:
            raise GitHubError(
                f"{self._place.host} redirects to another server, which is not followed: it would "
                "be given the token; name the API's own address in github.api_url",
                answer.status,
            )
        return new


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _why(problem: Exception, timeout: float) -> str:
    """Return what kept an answer away, without the URL that urllib3 puts into its messages."""
    refused = isinstance(problem, urllib3.exceptions.NewConnectionError)  # a time-out to urllib3
    if isinstance(problem, urllib3.exceptions.TimeoutError | TimeoutError) and not refused:
        return f"did not answer within {timeout:.1f} s"
    cause: BaseException = problem
    while inner := cause.__cause__ or cause.__context__:
        cause = inner
    words = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"cannot be reached: {' '.join(words.split())[:200]}"
