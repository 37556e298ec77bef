"""The retry policy: the number of attempts, and the time limit for all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")


class RequestError(Exception):
    """A request failed; `status` is that of the response, None if there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RetryableError(RequestError):
    """A request failed and may work later, after `wait` seconds if the receiver names a time.

    `unclear`: the receiver may have carried out the request.
    """

    def __init__(
        self, message: str, status: int | None = None, *, wait: float | None = None, unclear: bool
    ) -> None:
        super().__init__(message, status)
        self.wait = wait
        self.unclear = unclear


class Clock(msgspec.Struct, frozen=True):
    """The time in seconds, and the function that waits."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class Retries(msgspec.Struct, kw_only=True):
    """The retry policy for one receiver, whose limits hold for all requests together.

    One attempt may take `timeout` seconds; failed attempts and waiting use up `patience`; nothing
    begins after `deadline`. `unclear`: retry if the receiver may have carried out the request.

    urllib3's Retry does not fit: it decides per request, sleeps for as long as a server says, and
    cannot look whether a request whose response was lost has arrived.
    """

    host: str
    timeout: float
    patience: float
    deadline: float = math.inf
    attempts: int = 3
    backoff: float = 1.0
    unclear: bool = True
    clock: Clock = Clock()

    def run(self, send: Callable[[float], T], arrived: Callable[[], T | None] = lambda: None) -> T:
        """Return the result of `send`, which takes its time limit in seconds. Raises RequestError.

        `arrived` looks for the effect of a request before that is sent again.
        """
        attempt = 1
        while True:
            timeout = self._timeout()
            began = self.clock.monotonic()
            try:
                return send(timeout)
            except RetryableError as problem:
                self.patience -= self.clock.monotonic() - began
                wait = self.backoff * 2 ** (attempt - 1) if problem.wait is None else problem.wait
                duplicates = problem.unclear and not self.unclear
                if attempt == self.attempts or duplicates or not self._allows(wait):
                    raise
                self.patience -= wait
                self.clock.sleep(wait)
                if problem.unclear and (result := arrived()) is not None:
                    return result
            attempt += 1

    @property
    def _shortest(self) -> float:
        """The seconds below which an attempt is not worth it."""
        return self.timeout / 5

    def _left(self) -> float:
        return min(self.patience, self.deadline - self.clock.monotonic())

    def _allows(self, wait: float) -> bool:
        return wait + self._shortest <= self._left()

    def _timeout(self) -> float:
        """Return the seconds for an attempt. Raises RequestError if too few are left."""
        if self.patience < self._shortest:
            raise RequestError(f"gave up on {self.host} after repeated failures")
        if self._left() < self._shortest:
            raise RequestError(f"gave up on {self.host}: sending everything took too long")
        return min(self.timeout, self._left())
