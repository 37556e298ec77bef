"""Checks many targets in one run, some in parallel; no failure stops the others."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol, TypeAlias

from drift.check import clock, policy, reasons
from drift.check.imports import Note, load_models
from drift.check.target import check
from drift.config import Target
from drift.errors import DriftError
from drift.process.child import stage
from drift.process.signals import Stopped
from drift.report.report import Check, Failure, Report
from drift.texts import clip

if TYPE_CHECKING:
    from drift.sources.models.loader import Models

Outcome: TypeAlias = Check | Failure
Imported: TypeAlias = "dict[tuple[tuple[str, ...], tuple[str, ...]], Models | DriftError]"


class Observer(Protocol):
    """Follows the progress of a run. `note` is called by any thread, the rest by that of `run`."""

    def note(self, text: str) -> None:
        """Receive a sentence about the progress of one target."""

    def failed(self, target: str, problem: BaseException) -> None:
        """Receive the problem of a target that could not be checked."""

    def finished(self) -> None:
        """Count one more target as done."""


class Silent:
    """An observer that ignores everything."""

    def note(self, text: str) -> None: ...
    def failed(self, target: str, problem: BaseException) -> None: ...
    def finished(self) -> None: ...


def run(
    targets: Sequence[Target],
    observer: Observer | None = None,
    *,
    jobs: int = 1,
    shard: str | None = None,
) -> Report:
    """Check all targets, `jobs` at a time; the report is in the order of their names.

    `shard` is the part of all targets that these are.
    """
    began = clock.start()
    observer = observer or Silent()
    imported = _import(targets, observer.note) if len(targets) > 1 else {}
    problems: dict[str, BaseException] = {}

    def work(target: Target) -> Outcome:
        try:
            return check(target, note=observer.note, models=_models(imported, target))
        except Stopped:
            raise
        except BaseException as problem:  # noqa: BLE001 — the other targets are still checked
            problems[target.name] = problem
            reason = reasons.reason(problem).removeprefix(f"{target.name}: ")
        return Failure(target=target.name, reason=clip(reasons.safe(reason)))

    checks, failures = [], []
    stage(_stage(targets))
    for outcome in _each(targets, 1 if _is_green() else jobs, work):
        if isinstance(outcome, Check):
            checks.append(outcome)
        else:
            observer.failed(outcome.target, problems[outcome.target])
            failures.append(outcome)
        observer.finished()
    return Report(
        checks=tuple(
            sorted(policy.without_used_elsewhere(checks, targets), key=lambda check: check.target)
        ),
        failures=tuple(sorted(failures, key=lambda failure: failure.target)),
        started_at=began.at,
        duration=began.seconds(),
        shard=shard,
    )


def _is_green() -> bool:
    """Return whether the models patched threads with eventlet: older locks would block."""
    return bool(getattr(sys.modules.get("eventlet.patcher"), "already_patched", None))


def _stage(targets: Sequence[Target]) -> str:
    return f"checking {targets[0].name if len(targets) == 1 else f'{len(targets)} targets'}"


def _import(targets: Sequence[Target], note: Note) -> Imported:
    """Import each set of models once, and before any thread runs: imports are not thread-safe."""
    imported: Imported = {}
    for target in targets:
        key = (target.models, target.imports)
        if target.models and key not in imported:
            try:
                imported[key] = load_models(target, note)
            except DriftError as problem:
                imported[key] = problem
    return imported


def _models(imported: Imported, target: Target) -> Models | None:
    models = imported.get((target.models, target.imports))
    if isinstance(models, DriftError):
        raise models
    return models


def _each(
    targets: Sequence[Target], jobs: int, work: Callable[[Target], Outcome]
) -> Iterator[Outcome]:
    """Yield the outcomes in the order in which they are ready.

    The threads are daemons, so that Ctrl-C does not wait for a server that hangs.
    """
    if min(jobs, len(targets)) < 2:
        yield from map(work, targets)
        return
    waiting: SimpleQueue[Target] = SimpleQueue()
    done: SimpleQueue[Outcome | BaseException] = SimpleQueue()
    for target in targets:
        waiting.put(target)

    def serve() -> None:
        while True:
            try:
                target = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put(work(target))
            except BaseException as problem:  # noqa: BLE001 — raised again by the thread of `run`
                done.put(problem)

    for _ in range(min(jobs, len(targets))):
        threading.Thread(target=serve, daemon=True).start()
    for _ in targets:
        outcome = done.get()
        if isinstance(outcome, BaseException):
            raise outcome
        yield outcome
