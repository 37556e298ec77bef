"""Posts the JSON report of a run to an address of the user's, signed with a shared key."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from drift import __version__
from drift.report.ages import FRESH
from drift.report.json_v1 import encode
from drift.report.report import Report
from drift.reporters import credentials
from drift.reporters.http.receiver import Receiver, Request, Response
from drift.reporters.http.retries import Clock, RequestError, Retries, RetryableError
from drift.reporters.http.waiting import retry_after
from drift.reporters.interface import Context, Delivery
from drift.reporters.pull_requests import is_pull_request, skipped
from drift.reporters.webhook.endpoint import Endpoint, endpoint, signature

REPORT, TEST = "report", "test"
"""The values of the header X-Drift-Event."""
SKIPPED = skipped("webhook", "post reports for it")

_PATIENCE = 2.5
"""The number of timeouts that failed attempts and waiting may take together."""

_RETRYABLE = frozenset({408, 425, 429})
_HINTS = {
    401: "it wants other credentials; check webhook.headers and webhook.secret",
    403: "it wants other credentials; check webhook.headers and webhook.secret",
    404: "nothing is there; check webhook.url",
    405: "it takes no POST; check webhook.url",
    410: "it is gone; check webhook.url",
    413: "the report is too large for it; raise its limit, or ignore known findings",
    429: "it limits requests; retry later",
}


class WebhookReporter:
    """Posts the whole report, whether something differs or not, unless only new findings notify.

    Making one raises UsageError if there is no address, or it is not valid; for a pull request
    nothing is posted, so nothing is needed.
    """

    def __init__(self, context: Context, clock: Clock | None = None) -> None:
        settings = context.settings.webhook
        self.relies_on_history = context.settings.notifies_new("webhook")
        self._skipped = is_pull_request(context.environment) and not settings.pull_requests
        if not self._skipped:
            self._endpoint = endpoint(settings, context.environment)
        self._environment = context.environment
        self._timeout = settings.timeout
        self._clock = clock or Clock()

    def start(self) -> Delivery:
        """Do nothing: there is no report yet."""
        return Delivery()

    def deliver(self, report: Report) -> Delivery:
        """Post the report."""
        if self._skipped:
            return SKIPPED
        if self.relies_on_history and not _is_news(report):
            return Delivery(notes=("no new differences, so nothing was posted",))
        return self._post(REPORT, report)

    def probe(self, *, send_test: bool) -> Delivery:
        """Ask the server which methods it takes, or post a report of no target."""
        if self._skipped:
            return SKIPPED
        if send_test:
            return self._post(TEST, Report(checks=()))
        with self._receiver() as receiver:
            try:
                request = Request(method="OPTIONS", url=self._endpoint.url, headers={})
                receiver.send(request, self._timeout)
            except RequestError as problem:
                return Delivery(problems=(str(problem),))
            note = f"{receiver.host} answers; use --send-test to verify that it accepts reports"
        return Delivery(notes=(note,))

    def _post(self, event: str, report: Report) -> Delivery:
        body, delivery = encode(report), str(uuid.uuid4())
        with self._receiver() as receiver:
            retries = Retries(
                host=receiver.host,
                timeout=self._timeout,
                patience=self._timeout * _PATIENCE,
                clock=self._clock,
            )
            try:
                retries.run(lambda timeout: self._attempt(receiver, event, delivery, body, timeout))
            except RequestError as problem:
                return Delivery(problems=(str(problem),))
            signed = "" if self._endpoint.secret else ", without a signature: set webhook.secret"
            return Delivery(notes=(f"{event} posted to {receiver.host}{signed}",))

    def _attempt(
        self, receiver: Receiver, event: str, delivery: str, body: bytes, timeout: float
    ) -> None:
        """Make one attempt, with a time and a signature of its own. Raises RequestError."""
        headers = _headers(self._endpoint, event, delivery, body, self._clock.now())
        request = Request(method="POST", url=self._endpoint.url, headers=headers, body=body)
        response = receiver.send(request, timeout)
        if not 200 <= response.status < 300:
            raise _refusal(response, receiver, self._clock.now())

    @contextmanager
    def _receiver(self) -> Iterator[Receiver]:
        known = self._endpoint
        hidden = (known.url, known.secret, *known.headers.values())
        hidden = (*hidden, *(part for text in hidden for part in credentials.parts(text)))
        receiver = Receiver(
            known.url, self._environment, setting="webhook.url", secrets=[*filter(None, hidden)]
        )
        with closing(receiver):
            yield receiver


def _is_news(report: Report) -> bool:
    """Return whether a finding is new, or a target could not be checked."""
    statuses = {finding.status for check in report.checks for finding in check.findings}
    return bool(report.failures or statuses & FRESH)


def _headers(known: Endpoint, event: str, delivery: str, body: bytes, now: float) -> dict[str, str]:
    timestamp = str(int(now))
    signed = {"X-Drift-Signature-256": signature(known.secret, timestamp, body)}
    return {
        **known.headers,
        "Content-Type": "application/json",
        "User-Agent": f"sqlalchemy-drift/{__version__}",
        "X-Drift-Event": event,
        "X-Drift-Delivery": delivery,
        "X-Drift-Timestamp": timestamp,
        **(signed if known.secret else {}),
    }


def _refusal(response: Response, receiver: Receiver, now: float) -> RequestError:
    """Return the error for a response that is not 2xx, with the receiver's own words."""
    status, text = response.status, response.body[:1000].decode(errors="replace")
    words = receiver.quoted(text)
    hint = _HINTS.get(status, "check webhook.url")
    if 300 <= status < 400:
        hint = "it redirects; update webhook.url"
    elif status >= 500:
        hint = "retry later"
    message = f"{receiver.host} answered {status}{f' ({words})' if words else ''}: {hint}"
    if status >= 500 or status in _RETRYABLE:
        return RetryableError(message, status, wait=retry_after(response, now), unclear=True)
    return RequestError(message, status)
