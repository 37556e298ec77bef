"""Reports to Sentry: an event for each table that differs, and check-ins with a monitor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sentry_sdk import Client
from sentry_sdk.envelope import Envelope

from drift.formats.vocabulary import plural
from drift.report.report import Report
from drift.reporters.http.alone import known
from drift.reporters.interface import Context, Delivery
from drift.reporters.sentry.events import Common, events, trial
from drift.reporters.sentry.frames import Sources
from drift.reporters.sentry.monitor import Run
from drift.reporters.sentry.place import place
from drift.reporters.sentry.transport import Sent, Transport

_EVENT, _CHECK_IN, _NOTHING = "error", "monitor", "default"
_START_TIMEOUT = 2.0
_NOTHING_OF_THE_HOST: Any = {
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
"""What keeps the SDK from adding facts of its own, or from sending them elsewhere."""


class SentryReporter:
    """Sends through a client of its own, so that an SDK set up elsewhere is left alone."""

    def __init__(self, context: Context) -> None:
        """Raise UsageError without a DSN, or where it is not one."""
        settings, environment = context.settings.sentry, context.environment
        self._place = place(settings, environment)
        self._environment = environment
        self._timeout = settings.timeout
        self._common = Common(
            settings.environment or environment.get("SENTRY_ENVIRONMENT"),
            settings.release or environment.get("SENTRY_RELEASE"),
            Sources(context.options.folder, context.hide, readable=context.own),
        )
        names = {target.name for target in context.settings.targets}
        self._target = names.pop() if len(names) == 1 else "production"
        self._run = Run(settings.monitor) if settings.monitor else None

    def start(self) -> Delivery:
        """Check in with the monitor, without delaying the checks for long."""
        if not self._run:
            return Delivery()
        with self._transport(min(self._timeout, _START_TIMEOUT)) as transport:
            self._send([self._run.begin()], _CHECK_IN, transport)
        return Delivery(problems=tuple(transport.problems(_CHECK_IN, "check-in")))

    def deliver(self, report: Report) -> Delivery:
        """Check out first, because its absence is an alert; then send what was found."""
        with self._transport(self._timeout) as transport:
            if self._run:
                self._send([self._run.end(report)], _CHECK_IN, transport)
            self._send(events(report, self._common), _EVENT, transport)
        return self._outcome(transport)

    def probe(self, *, send_test: bool) -> Delivery:
        """Send an empty envelope, which makes nothing, or a test event."""
        with self._transport(self._timeout) as transport:
            if send_test:
                self._send([trial(self._common)], _EVENT, transport)
                return self._outcome(transport)
            transport.capture_envelope(Envelope())
        problem = transport.sent[0].problem
        if problem:
            return Delivery(problems=(problem,))
        return Delivery(
            notes=(f"{self._place.host} answers; that it takes events, --send-test would show",)
        )

    @contextmanager
    def _transport(self, timeout: float) -> Iterator[Transport]:
        transport = Transport(self._place, self._environment, timeout)
        try:
            yield transport
        finally:
            transport.kill()

    def _send(self, found: Iterable[dict[str, Any]], category: str, transport: Transport) -> None:
        options = known(_NOTHING_OF_THE_HOST)
        client = Client(dsn=self._place.dsn, transport=transport, before_send=_bare, **options)
        for event in found:
            before = len(transport.sent)
            client.capture_event(self._complete(event))
            if len(transport.sent) == before:
                problem = "the Sentry SDK would not take it"
                transport.sent.append(Sent(category=category, problem=problem))

    def _complete(self, event: dict[str, Any]) -> Any:
        return self._common.fields(self._target) | event

    def _outcome(self, transport: Transport) -> Delivery:
        arrived, checked_in = transport.arrived(_EVENT), transport.arrived(_CHECK_IN)
        done = [plural(arrived, "event")] if arrived else []
        done += ["the check-in"] if checked_in else []
        problems = transport.problems(_CHECK_IN, "check-in") + transport.problems(_EVENT, "event")
        note = f"{' and '.join(done)} sent to {self._place.host}"
        if not transport.sent:
            note = f"no differences, so nothing was sent to {self._place.host}"
        notes = (note,) if done or not problems else ()
        return Delivery(notes=notes, problems=tuple(problems))


def _bare(event: Any, _hint: Any) -> Any:
    """Leave out what the SDK added empty."""
    return {name: value for name, value in event.items() if value not in ("", None)}
