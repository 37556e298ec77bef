"""Sends a report to the receivers that were asked for, in parallel."""

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
    """Return the reporters. Raises UsageError if one's settings are missing or not valid."""
    return [(name, reporters.resolve(name)(context)) for name in dict.fromkeys(names)]


def start(chosen: Sequence[Named]) -> Deliveries:
    """Tell the receivers that the checks begin."""
    return _in_parallel(chosen, lambda reporter: reporter.start())


def deliver(chosen: Sequence[Named], report: Report) -> Deliveries:
    """Push the report to all receivers."""
    return _in_parallel(chosen, lambda reporter: reporter.deliver(report))


def probe(chosen: Sequence[Named], *, send_test: bool) -> Deliveries:
    """Ask the receivers whether a report would arrive."""
    return _in_parallel(chosen, lambda reporter: reporter.probe(send_test=send_test))


def credentials(name: str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Return what the settings and the environment hold for a reporter to log in with."""
    entry = reporters.REPORTERS[name]
    section = getattr(settings, name, None)
    configured = getattr(section, entry.setting, None)
    return list(filter(None, (configured, *map(environment.get, entry.variables))))


def secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys and tokens of all reporters, which no output may hold."""
    for name in reporters.REPORTERS:
        for credential in credentials(name, settings, environment):
            yield credential
            user, at, _ = credential.rpartition("@")
            if at:  # a URL, such as https://KEY:SECRET@HOST/PROJECT
                yield from user.rpartition("/")[2].split(":")


def _in_parallel(chosen: Sequence[Named], work: Callable[[Reporter], Delivery]) -> Deliveries:
    """Let all reporters work at the same time, so that one that hangs does not delay the others."""
    if not chosen:
        return []
    with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
        deliveries = pool.map(lambda named: _guarded(named[1], work), chosen)
        return [(name, result) for (name, _), result in zip(chosen, deliveries, strict=True)]


def _guarded(reporter: Reporter, work: Callable[[Reporter], Delivery]) -> Delivery:
    """Count an unforeseen error as not delivered, so that the exit code says so."""
    try:
        return work(reporter)
    except Stopped:
        raise
    except BaseException as problem:  # noqa: BLE001 — the report was printed; the rest goes on
        message = " ".join(str(problem).split())
        return Delivery(problems=(f"internal error: {type(problem).__name__}: {message}",))
