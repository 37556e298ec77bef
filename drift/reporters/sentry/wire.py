"""One request to Sentry and its answer, within a time that nothing can stretch."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import msgspec
import urllib3
from urllib3 import exceptions

from drift.formats.escape import visible
from drift.reporters.http.alone import alone
from drift.reporters.http.deadline import within
from drift.reporters.http.pools import ProxyAddressError, pool
from drift.reporters.sentry.place import CLIENT, Place

_READ = 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """The receiver's status and headers, with names in small letters."""

    status: int
    headers: Mapping[str, str]


class UnreachableError(Exception):
    """Nothing was answered; the message says why. `refused`: nothing was sent either."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class Wire:
    """Posts envelopes to one place, through the proxy that the environment names."""

    def __init__(self, place: Place, environment: Mapping[str, str]) -> None:
        self._place = place
        self._environment = environment
        self._pool: urllib3.PoolManager | None = None

    def close(self) -> None:
        """Let go of the connections."""
        if self._pool:
            self._pool.clear()

    def post(self, body: bytes, timeout: float) -> Answer:
        """Send an envelope in gzip and wait `timeout` seconds. Raises UnreachableError."""
        try:
            connections = self._pool = self._pool or pool(self._place.url, self._environment)
        except ProxyAddressError as problem:
            raise UnreachableError(f"{self._place.host} cannot be reached: {problem}") from None
        try:
            # A name server or a trickling answer can outlast every time-out of a socket.
            return within(timeout + 0.3, lambda: self._exchange(connections, body, timeout))
        except TimeoutError:
            raise UnreachableError(_slow(self._place.host, timeout)) from None
        except (exceptions.HTTPError, OSError, ValueError) as problem:
            raise _unreachable(self._place.host, problem, timeout) from None

    def _exchange(self, connections: urllib3.PoolManager, body: bytes, timeout: float) -> Answer:
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "User-Agent": CLIENT,
            "X-Sentry-Auth": self._place.key,
        }
        with alone():
            response = connections.request(
                "POST",
                self._place.url,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=timeout),
            )
            try:
                response.read(_READ)
            finally:
                response.release_conn()
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, found)


def _unreachable(host: str, problem: Exception, timeout: float) -> UnreachableError:
    """Return what kept an answer away, without the URL that urllib3 puts into its messages."""
    if isinstance(problem, exceptions.ProxyError):
        return UnreachableError(
            f"the proxy for {host} cannot be used ({_words(problem)}); check HTTPS_PROXY"
        )
    if isinstance(problem, exceptions.NewConnectionError):  # a time-out to urllib3
        if _is_resolving(problem):
            return UnreachableError(f"{host} is a name that cannot be resolved; check the DSN")
        why = f"{host} cannot be reached ({_words(problem)}); is it running, and is the port right?"
        return UnreachableError(why, refused=True)
    if isinstance(problem, exceptions.TimeoutError):
        return UnreachableError(_slow(host, timeout))
    if isinstance(problem, exceptions.SSLError):
        return UnreachableError(
            f"{host} has no certificate that is trusted here ({_words(problem)}); "
            "name its authority's file in SSL_CERT_FILE"
        )
    return UnreachableError(f"{host} broke the connection off ({_words(problem)})")


def _slow(host: str, timeout: float) -> str:
    return f"{host} did not answer within {timeout:.1f} s; is it up, or does a firewall block it?"


def _words(problem: Exception) -> str:
    """Return what the error says that all others were raised from."""
    root: BaseException = problem
    while (inner := root.__cause__ or root.__context__) and not isinstance(inner, TypeError):
        root = inner  # urllib3 1.26 tries an argument that is long gone, and raises from that
    words = getattr(root, "strerror", None) or str(root) or type(root).__name__
    return visible(" ".join(words.split()))[:200]


def _is_resolving(problem: BaseException | None) -> bool:
    while problem:
        if isinstance(problem, socket.gaierror):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
