"""One request to GitHub's API and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec
import urllib3

from drift import __version__
from drift.reporters.alone import alone
from drift.reporters.github_errors import Answer, GitHubError, PassingError
from drift.reporters.github_place import Place
from drift.reporters.pools import ProxyAddressError, pool

API_VERSION = "2022-11-28"
_REDIRECTS = {301, 302, 307, 308}
_HOPS = 3
_PORTS = {"http": 80, "https": 443}


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

    def send(self, method: str, path: str, fields: Any, timeout: float) -> Answer:
        """Send one request, `fields` as JSON; follow where the repository has moved to.

        `timeout` in seconds. Raises PassingError without an answer, GitHubError for a redirect
        to somewhere else.
        """
        url = self._place.api_url + path
        for _ in range(_HOPS):
            answer = self._exchange(method, url, fields, timeout)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._followed(url, answer)
        raise GitHubError(f"{self._place.host} redirects without end", answer.status)

    def _exchange(self, method: str, url: str, fields: Any, timeout: float) -> Answer:
        if not self._pool:
            raise GitHubError(self._problem)
        headers = dict(self._headers)
        body = None
        if fields is not None:
            body = msgspec.json.encode(fields)
            headers["Content-Type"] = "application/json"
        try:
            with alone():
                response = self._pool.request(
                    method,
                    url,
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    timeout=urllib3.Timeout(total=timeout),
                )
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            text = f"{self._place.host} {_why(problem, timeout)}"
            raise PassingError(text, unclear=True) from None
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, found, response.data)

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
    if isinstance(problem, urllib3.exceptions.TimeoutError) and not refused:
        return f"did not answer within {timeout:.1f} s"
    cause: BaseException = problem
    while inner := cause.__cause__ or cause.__context__:
        cause = inner
    words = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"cannot be reached: {' '.join(words.split())[:200]}"
