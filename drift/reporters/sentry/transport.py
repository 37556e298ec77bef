"""The SDK's transport of envelopes, which sends each at once and keeps the results."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from drift.formats.vocabulary import plural
from drift.reporters.http.receiver import Receiver, Request, Response
from drift.reporters.http.retries import RequestError, Retries, RetryableError
from drift.reporters.sentry.project import CLIENT, Project
from drift.reporters.sentry.rate_limits import RateLimits, refusal, retry_after

_PERMANENT = frozenset({None, 401, 403, 404, 405})
"""Statuses that the next envelope would get as well; None: no response at all."""

_PATIENCE, _TOTAL = 1.8, 6.0
"""The number of timeouts that failures, and all envelopes together, may take."""


class Outcome(msgspec.Struct, frozen=True):
    """The result of one envelope of a category: `problem` is None if it was accepted."""

    category: str
    problem: str | None = None


class SentryTransport(Transport):
    """Sends envelopes synchronously; the SDK's HttpTransport queues and drops them silently.

    `timeout` in seconds is for one request. A receiver that does not answer, or refuses the key,
    gets no further requests.
    """

    def __init__(self, project: Project, environment: Mapping[str, str], timeout: float) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []
        self._project = project
        self._receiver = Receiver(
            project.url, environment, setting="the DSN", secrets=(project.key,)
        )
        self.host = self._receiver.host
        self._limits = RateLimits(self.host)
        # An event that was accepted although its response was lost would be counted twice.
        self._retries = Retries(
            host=self.host,
            timeout=timeout,
            patience=timeout * _PATIENCE,
            deadline=time.monotonic() + timeout * _TOTAL,
            backoff=0.4,
            unclear=False,
        )
        self._permanent: RequestError | None = None

    def capture_event(self, event: Any) -> None:
        """Send an event of SDK 1, which does not put events into envelopes, in one too."""
        envelope = Envelope(headers={"event_id": event["event_id"]})
        envelope.add_event(event)
        self.capture_envelope(envelope)

    def capture_envelope(self, envelope: Envelope) -> None:
        """Send an envelope now, unless it is known that it would not be accepted."""
        category = next((_category(item) for item in envelope.items), "default")
        body = gzip.compress(envelope.serialize(), mtime=0)
        try:
            if self._permanent:
                raise self._permanent
            self._retries.run(lambda timeout: self._post(body, category, timeout))
        except RequestError as problem:
            if problem.status in _PERMANENT:
                self._permanent = problem
            self.outcomes.append(Outcome(category, str(problem)))
        else:
            self.outcomes.append(Outcome(category))

    def kill(self) -> None:
        """Close the connections."""
        self._receiver.close()

    def accepted(self, category: str) -> int:
        """Return how many envelopes of a category were accepted."""
        return self.outcomes.count(Outcome(category))

    def problems(self, category: str, noun: str) -> list[str]:
        """Return a sentence per reason why envelopes of a category were not delivered."""
        sent = [outcome.problem for outcome in self.outcomes if outcome.category == category]
        reasons = Counter(filter(None, sent))
        if len(sent) == 1:
            return [f"the {noun} was not delivered: {reason}" for reason in reasons]
        return [
            f"{count} of {plural(len(sent), noun)} not delivered: {reason}"
            for reason, count in reasons.items()
        ]

    def _post(self, body: bytes, category: str, timeout: float) -> None:
        """Make one attempt. Raises RequestError unless the receiver accepts the envelope."""
        self._limits.require(category)
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "User-Agent": CLIENT,
            "X-Sentry-Auth": self._project.authorization,
        }
        request = Request(method="POST", url=self._project.url, headers=headers, body=body)
        response = self._receiver.send(request, timeout)
        self._limits.learn(response)
        if not 200 <= response.status < 300:
            raise self._refused(response, category)

    def _refused(self, response: Response, category: str) -> RequestError:
        status, message = response.status, refusal(self.host, response.status)
        if status == 429:
            self._limits.require(category)
        if status >= 500:
            wait = retry_after(response)
            return RetryableError(message, status, wait=wait, unclear=wait is None)
        return RequestError(message, status)


def _category(item: Any) -> str:
    """Return the category of an item in rate limits; SDK 1 has none for check-ins."""
    return "monitor" if item.type == "check_in" else str(item.data_category)
