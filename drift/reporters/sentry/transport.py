"""Sends envelopes to Sentry one by one and knows what became of each."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport as SdkTransport

from drift.formats.vocabulary import plural
from drift.reporters.sentry.limits import LASTING, Limits, refusal, retry_after
from drift.reporters.sentry.place import Place
from drift.reporters.sentry.wire import Answer, UnreachableError, Wire

_ATTEMPTS = 3
_AFTER_REFUSED = 0.4
_LONGEST_PAUSE = 3.0
_TROUBLED, _WORKING = 1.8, 6.0
"""How many time-outs all envelopes together may take: with trouble seen, and without."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one envelope: the last status, and why it did not arrive.

    `pause`: the seconds after which to try again; None where that is of no use. `lasting`: the
    next envelope would not arrive either.
    """

    category: str
    status: int | None = None
    problem: str | None = None
    pause: float | None = None
    lasting: bool = False


class Transport(SdkTransport):
    """Synchronous; what became of each envelope stands in `sent`, in order.

    `timeout` in seconds is for one connection with its answer. A receiver that is down, or that
    refuses the key, is not tried with the envelopes after that.
    """

    def __init__(self, place: Place, environment: Mapping[str, str], timeout: float) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self._host = place.host
        self._timeout = timeout
        self._least = timeout / 5
        self._began = time.monotonic()
        self._wire = Wire(place, environment)
        self._limits = Limits()
        self._given_up: str | None = None
        self._troubled = False

    def capture_event(self, event: Any) -> None:
        """Send an event of an older SDK, which has another way for those, in an envelope too."""
        envelope = Envelope(headers={"event_id": event["event_id"]})
        envelope.add_event(event)
        self.capture_envelope(envelope)

    def capture_envelope(self, envelope: Envelope) -> None:
        """Send an envelope, unless it is known already that it would not arrive."""
        category = next((_category(item) for item in envelope.items), "default")
        body = gzip.compress(envelope.serialize(), mtime=0)
        self.sent.append(self._deliver(body, category))

    def kill(self) -> None:
        """Let go of the connections."""
        self._wire.close()

    def arrived(self, category: str) -> int:
        """Return how many envelopes of a category the receiver took."""
        return sum(one.category == category and one.problem is None for one in self.sent)

    def problems(self, category: str, noun: str) -> list[str]:
        """Return a sentence for each reason why envelopes of a category did not arrive."""
        mine = [one.problem for one in self.sent if one.category == category]
        reasons = Counter(filter(None, mine))
        if len(mine) == 1:
            return [f"the {noun} was not delivered: {reason}" for reason in reasons]
        return [
            f"{count} of {plural(len(mine), noun)} not delivered: {reason}"
            for reason, count in reasons.items()
        ]

    def _deliver(self, body: bytes, category: str) -> Sent:
        """Try again only where the receiver has surely not taken the envelope."""
        sent = self._attempt(body, category)
        for _ in range(_ATTEMPTS - 1):
            if sent.pause is None or not self._wait(sent.pause):
                break
            sent = self._attempt(body, category)
        self._given_up = sent.problem if sent.lasting else None
        return sent

    def _attempt(self, body: bytes, category: str) -> Sent:
        if self._given_up:
            return Sent(category=category, problem=self._given_up, lasting=True)
        if left := self._limits.left(category):
            problem = self._limits.reason(self._host, category)
            return Sent(category=category, problem=problem, pause=left)
        timeout = min(self._timeout, self._left())
        if timeout < self._least:
            problem = f"{self._host} took too long for all that there was to send"
            return Sent(category=category, problem=problem, lasting=True)
        try:
            answer = self._wire.post(body, timeout)
        except UnreachableError as found:
            again = _AFTER_REFUSED if found.refused else None
            return Sent(category=category, problem=str(found), pause=again, lasting=True)
        return self._judged(answer, category)

    def _judged(self, answer: Answer, category: str) -> Sent:
        """Return what an answer means for the envelope, and keep in mind what it asks for."""
        self._limits.learn(answer)
        status = answer.status
        if 200 <= status < 300:
            return Sent(category=category, status=status)
        self._troubled = self._troubled or status == 429 or status >= 500
        if left := status == 429 and self._limits.left(category):
            problem = self._limits.reason(self._host, category)
            return Sent(category=category, status=status, problem=problem, pause=left)
        again = retry_after(answer) if status >= 500 else None
        return Sent(
            category=category,
            status=status,
            problem=refusal(self._host, status),
            pause=again,
            lasting=status in LASTING,
        )

    def _left(self) -> float:
        """Return for how many seconds there may still be sent."""
        whole = self._timeout * (_TROUBLED if self._troubled else _WORKING)
        return self._began + whole - time.monotonic()

    def _wait(self, seconds: float) -> bool:
        """Wait, if it is short and leaves time to try again; tell whether it was so."""
        if seconds > _LONGEST_PAUSE or seconds > self._left() - self._least:
            return False
        time.sleep(seconds)
        return True


def _category(item: Any) -> str:
    """Return what the receiver counts an item as; an old SDK does not tell of check-ins."""
    return "monitor" if item.type == "check_in" else str(item.data_category)
