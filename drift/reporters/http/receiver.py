"""Requests to one receiver: bounded in time and size, redirected only within the same server."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec
import urllib3
from urllib3 import exceptions

from drift.formats.escape import visible
from drift.reporters.http.pool import pool
from drift.reporters.http.retries import RequestError, RetryableError
from drift.reporters.http.sdk import isolated

T = TypeVar("T")

LARGEST = 64 << 20
"""Bytes of a response: 100 issues of GitHub's, as long as it allows, have less than half of it."""

_BLOCK = 64 << 10
_REDIRECTS = {301, 302, 307, 308}
_MOST_REQUESTS = 3
_PORTS = {"http": 80, "https": 443}


class Response(msgspec.Struct, frozen=True):
    """A response; header names are in lower case, `url` is the address that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request; `follow` its redirects, as long as they stay on the same server."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    follow: bool = False


class Receiver:
    """The server at `url`, reached through the proxy that the environment names for it.

    `setting` names the setting that holds the address; `secrets` are removed from messages.
    """

    def __init__(
        self,
        url: str,
        environment: Mapping[str, str],
        *,
        setting: str,
        secrets: Collection[str] = (),
    ) -> None:
        self.host = visible(urlsplit(url).hostname or "")
        self._url = url
        self._environment = environment
        self._setting = setting
        self._secrets = secrets
        self._pool: urllib3.PoolManager | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._pool:
            self._pool.clear()

    def send(self, request: Request, timeout: float) -> Response:
        """Return the response of any status, within `timeout` seconds. Raises RequestError."""
        try:
            self._pool = self._pool or pool(self._url, self._environment)
        except ValueError as problem:
            raise RequestError(f"{self.host} cannot be reached: {problem}") from None
        deadline = time.monotonic() + timeout
        try:
            return _within(timeout, lambda: self._followed(request, deadline))
        except (exceptions.HTTPError, OSError, ValueError) as problem:
            raise self._failure(problem, timeout) from None

    def quoted(self, text: str) -> str:
        """Return foreign text for a message: one visible line, shortened, without secrets."""
        line = visible(" ".join(text.split()))
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line[:200]

    def _followed(self, request: Request, deadline: float) -> Response:
        for _ in range(_MOST_REQUESTS):
            response = self._exchange(request, deadline)
            if not request.follow or response.status not in _REDIRECTS:
                return response
            request = msgspec.structs.replace(request, url=self._location(response))
        raise RequestError(f"{self.host} redirects in a loop", response.status)

    def _location(self, response: Response) -> str:
        """Return the URL that a redirect leads to. Raises RequestError for another server.

        urllib3 would follow it, and send the credentials to that server.
        """
        with contextlib.suppress(ValueError):
            url = urljoin(response.url, response.headers.get("location", ""))
            if _origin(urlsplit(url)) == _origin(urlsplit(response.url)):
                return url
        raise RequestError(
            f"{self.host} redirects to another server, which must not get the credentials; "
            f"check {self._setting}",
            response.status,
        )

    def _exchange(self, request: Request, deadline: float) -> Response:
        assert self._pool is not None
        with isolated():
            response = self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=dict(request.headers),
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=max(0.001, deadline - time.monotonic())),
            )
            # A response that was read to its end has given its connection back by then.
            with contextlib.closing(response):
                body = self._read(response, deadline)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status, headers, body, request.url)

    def _read(self, response: Any, deadline: float) -> bytes:
        """Return the body, read in blocks, so that neither its length nor its time is endless."""
        body = bytearray()
        while block := response.read(_BLOCK):
            body += block
            if len(body) > LARGEST:
                raise RequestError(
                    f"{self.host} answered with more than {LARGEST >> 20} MiB; check "
                    f"{self._setting}",
                    response.status,
                )
            if time.monotonic() > deadline:
                raise TimeoutError
        return bytes(body)

    def _failure(self, problem: Exception, timeout: float) -> RetryableError:
        """Return the error for an exception of urllib3, without the URL in its message."""
        cause = self.quoted(_root_cause(problem))
        if isinstance(problem, exceptions.ProxyError):
            message = f"the proxy for {self.host} cannot be used ({cause}); check HTTPS_PROXY"
        elif isinstance(problem, exceptions.NewConnectionError):  # to urllib3, a kind of timeout
            message = f"{self.host} cannot be reached ({cause}); check {self._setting}"
            return RetryableError(message, unclear=False)
        elif isinstance(problem, exceptions.TimeoutError | TimeoutError):
            message = (
                f"{self.host} did not answer within {timeout:.1f} s; "
                "check that it is up and that no firewall blocks it"
            )
        elif isinstance(problem, exceptions.SSLError):
            message = (
                f"TLS with {self.host} failed ({cause}); check {self._setting}, or set "
                "SSL_CERT_FILE to the certificates to trust"
            )
        else:
            message = f"{self.host} closed the connection early ({cause}); retry later"
        return RetryableError(message, unclear=True)


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Return the result of `work`. Raises TimeoutError if it takes longer.

    A socket's timeout starts again with each read, and looking up a name has none. The thread is a
    daemon, so that one that waits forever does not keep the process from ending.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as problem:  # noqa: BLE001 — raised again in the thread that waits
            outcome.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(timeout=seconds)


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _root_cause(problem: BaseException) -> str:
    """Return the message of the error that all others were raised from."""
    # urllib3 1.26 first tries an argument that Python no longer has, and raises from that.
    while (inner := problem.__cause__ or problem.__context__) and not isinstance(inner, TypeError):
        problem = inner
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
