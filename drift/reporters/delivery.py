"""Sends a report to the receivers that were asked for, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from drift import reporters
from drift.process.signals import Stopped
from drift.report.report import Report
from drift.reporters.interface import Context, Delivery, Reporter

Named: TypeAlias = tuple[str, Reporter]
Deliveries: TypeAlias = list[tuple[str, Delivery]]


def make(names: Sequence[str], context: Context) -> list[Named]:
    """Return the reporters. Raises UsageError if one's settings are missing or not valid."""
    return [(name, reporters.resolve(name)(context)) for name in dict.fromkeys(names)]


def start(chosen: Sequence[Named]) -> Deliveries:
    """Notify the receivers that the checks begin."""
    return _in_parallel(chosen, lambda reporter: reporter.start())


def deliver(chosen: Sequence[Named], report: Report) -> Deliveries:
    """Push the report to all receivers."""
    return _in_parallel(chosen, lambda reporter: reporter.deliver(report))


def probe(chosen: Sequence[Named], *, send_test: bool) -> Deliveries:
    """Check whether the receivers would accept a report."""
    return _in_parallel(chosen, lambda reporter: reporter.probe(send_test=send_test))


def _in_parallel(chosen: Sequence[Named], work: Callable[[Reporter], Delivery]) -> Deliveries:
    """Let all reporters work at the same time, so that one that hangs does not delay the others."""
    if not chosen:
        return []
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
        deliveries = pool.map(lambda named: _guarded(named[1], work), chosen)
        return [(name, result) for (name, _), result in zip(chosen, deliveries, strict=True)]


def _guarded(reporter: Reporter, work: Callable[[Reporter], Delivery]) -> Delivery:
    """Turn an unexpected error into a failed delivery, which the exit code shows."""
    try:
        return work(reporter)
    except Stopped:
        raise
    except BaseException as problem:  # noqa: BLE001 — the report was printed; the rest goes on
        message = " ".join(str(problem).split())
        return Delivery(problems=(f"internal error: {type(problem).__name__}: {message}",))
