"""Reports to Sentry: an event per table with differences, and check-ins with a monitor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sentry_sdk import Client
from sentry_sdk.envelope import Envelope

from drift.formats.vocabulary import plural
from drift.report.report import Report
from drift.reporters.http.sdk import supported
from drift.reporters.interface import Context, Delivery
from drift.reporters.sentry.events import EventDefaults, events, trial
from drift.reporters.sentry.frames import ModelFrames
from drift.reporters.sentry.monitor import MonitoredRun
from drift.reporters.sentry.project import project
from drift.reporters.sentry.transport import Outcome, SentryTransport

_EVENT, _CHECK_IN = "error", "monitor"
"""The categories that Sentry counts events and check-ins as."""

_START_TIMEOUT = 2.0
_NOTHING_ADDED: Any = {
    "auto_enabling_integrations": False,
    "auto_session_tracking": False,
    "debug": False,
    "default_integrations": False,
    "enable_backpressure_handling": False,
    "include_local_variables": False,
    "max_breadcrumbs": 0,
    "max_value_length": 100_000,
    "release": "",
    "send_client_reports": False,
    "server_name": "",
    "spotlight": False,
    "_experiments": {"enable_metrics": False},
}
"""Options that keep the SDK from adding facts of its own, or from sending them elsewhere."""


class SentryReporter:
    """Sends through a client of its own, so that an SDK set up elsewhere is not used or changed.

    Making one raises UsageError if there is no DSN, or it is not valid.
    """

    def __init__(self, context: Context) -> None:
        settings, environment = context.settings.sentry, context.environment
        self._project = project(settings, environment)
        self._environment = environment
        self._timeout = settings.timeout
        self.relies_on_history = context.settings.notifies_new("sentry")
        self._defaults = EventDefaults(
            settings.environment or environment.get("SENTRY_ENVIRONMENT"),
            settings.release or environment.get("SENTRY_RELEASE"),
            ModelFrames(context.options.folder, context.hide, readable=context.own),
        )
        names = {target.name for target in context.settings.targets}
        self._target = names.pop() if len(names) == 1 else "production"
        self._run = MonitoredRun(settings.monitor) if settings.monitor else None

    def start(self) -> Delivery:
        """Check in with the monitor, without delaying the checks for long."""
        if not self._run:
            return Delivery()
        with self._transport(min(self._timeout, _START_TIMEOUT)) as transport:
            self._send([self._run.begin()], _CHECK_IN, transport)
        return Delivery(problems=tuple(transport.problems(_CHECK_IN, "check-in")))

    def deliver(self, report: Report) -> Delivery:
        """Check out first, because a missing check-out alerts; then send the events."""
        with self._transport(self._timeout) as transport:
            if self._run:
                self._send([self._run.end(report)], _CHECK_IN, transport)
            chosen = events(report, self._defaults, only_new=self.relies_on_history)
            self._send(chosen, _EVENT, transport)
        return _delivery(transport, "new differences" if self.relies_on_history else "differences")

    def probe(self, *, send_test: bool) -> Delivery:
        """Send an empty envelope, which Sentry accepts and ignores, or a test event."""
        with self._transport(self._timeout) as transport:
            if send_test:
                self._send([trial(self._defaults)], _EVENT, transport)
                return _delivery(transport)
            transport.capture_envelope(Envelope())
        if problem := transport.outcomes[0].problem:
            return Delivery(problems=(problem,))
        note = f"{transport.host} answers; use --send-test to verify that it accepts events"
        return Delivery(notes=(note,))

    @contextmanager
    def _transport(self, timeout: float) -> Iterator[SentryTransport]:
        transport = SentryTransport(self._project, self._environment, timeout)
        try:
            yield transport
        finally:
            transport.kill()

    def _send(
        self, payloads: Iterable[dict[str, Any]], category: str, transport: SentryTransport
    ) -> None:
        options = supported(_NOTHING_ADDED)
        client = Client(
            dsn=self._project.dsn, transport=transport, before_send=_without_empty, **options
        )
        for payload in payloads:
            before = len(transport.outcomes)
            event: Any = self._defaults.fields(self._target) | payload
            client.capture_event(event)
            if len(transport.outcomes) == before:
                transport.outcomes.append(Outcome(category, "the Sentry SDK rejected it"))


def _without_empty(event: Any, _hint: Any) -> Any:
    """Return the event without the fields that the SDK added empty."""
    return {name: value for name, value in event.items() if value not in ("", None)}


def _delivery(transport: SentryTransport, subject: str = "differences") -> Delivery:
    accepted, checked_in = transport.accepted(_EVENT), transport.accepted(_CHECK_IN)
    sent = [plural(accepted, "event")] if accepted else []
    sent += ["the check-in"] if checked_in else []
    problems = transport.problems(_CHECK_IN, "check-in") + transport.problems(_EVENT, "event")
    note = f"{' and '.join(sent)} sent to {transport.host}"
    if not transport.outcomes:
        note = f"no {subject}, so nothing was sent to {transport.host}"
    notes = (note,) if sent or not problems else ()
    return Delivery(notes=notes, problems=tuple(problems))
