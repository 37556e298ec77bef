"""Sends a report to the receivers that were asked for, all at once, and tells what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from drift import reporters
from drift.config import Settings
from drift.process.signals import Stopped
from drift.report.report import Report
from drift.reporters.interface import Context, Delivery, Reporter

Named: TypeAlias = tuple[str, Reporter]
Deliveries: TypeAlias = list[tuple[str, Delivery]]


def make(names: Sequence[str], context: Context) -> list[Named]:
    """Return the reporters. Raises UsageError where one's settings are not enough to try."""
    return [(name, reporters.resolve(name)(context)) for name in dict.fromkeys(names)]


def start(chosen: Sequence[Named]) -> Deliveries:
    """Tell the receivers that the checks begin."""
    return _each(chosen, lambda reporter: reporter.start())


def deliver(chosen: Sequence[Named], report: Report) -> Deliveries:
    """Push the report to all receivers."""
    return _each(chosen, lambda reporter: reporter.deliver(report))


def probe(chosen: Sequence[Named], *, send_test: bool) -> Deliveries:
    """Ask the receivers whether a report would arrive."""
    return _each(chosen, lambda reporter: reporter.probe(send_test=send_test))


def secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys and tokens, for output to be searched for."""
    for dsn in (settings.sentry.dsn, environment.get("SENTRY_DSN")):
        if dsn:
            yield dsn
            yield from dsn.rpartition("@")[0].rpartition("/")[2].split(":")
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        yield environment.get(name, "")
    yield settings.github.token or ""


def _each(chosen: Sequence[Named], work: Callable[[Reporter], Delivery]) -> Deliveries:
    """Let all reporters work side by side: one that hangs must not delay the other."""
    if not chosen:
        return []
    with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
        deliveries = pool.map(lambda named: _guarded(named[1], work), chosen)
        return [(name, one) for (name, _), one in zip(chosen, deliveries, strict=True)]


def _guarded(reporter: Reporter, work: Callable[[Reporter], Delivery]) -> Delivery:
    """Count what nobody foresaw as not delivered: the exit code must still say so."""
    try:
        return work(reporter)
    except Stopped:
        raise
    except BaseException as problem:  # noqa: BLE001 — the report was printed; the rest goes on
        words = " ".join(str(problem).split())
        return Delivery(problems=(f"internal error: {type(problem).__name__}: {words}",))
