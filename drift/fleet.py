"""Many targets in one run: some at a time, the models imported once, no failure stops the rest."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import click

from drift import app, clock, console
from drift.config import Target
from drift.errors import DriftError
from drift.model import Check, Failure, Report
from drift.stopping import Stopped
from drift.supervision import stage
from drift.texts import clip

if TYPE_CHECKING:
    from drift.sources.model_loader import Models

Outcome: TypeAlias = Check | Failure
Step: TypeAlias = Callable[[], None]
Say: TypeAlias = Callable[[str], None]
Imported: TypeAlias = "dict[tuple[tuple[str, ...], tuple[str, ...]], Models | DriftError]"
MANY = 10
"""From so many targets on, a log is told how far they are."""


def run(
    targets: Sequence[Target], *, jobs: int = 1, verbose: bool = False, shard: str | None = None
) -> Report:
    """Check all targets, `jobs` at a time; the report is in the order of their names.

    `shard` is the part of all targets that these are.
    """
    began = clock.start()
    note = console.note if verbose else _silent
    imported = _import(targets, note) if len(targets) > 1 else {}

    def work(target: Target) -> Outcome:
        try:
            return app.check(target, note=note, models=_models(imported, target))
        except Stopped:
            raise
        except BaseException as problem:  # noqa: BLE001 — the others go on, receivers must hear
            prefix = f"{target.name}: "
            told[target.name] = console.words(problem).removeprefix(prefix)
            reason = console.reason(problem).removeprefix(prefix)
        return Failure(target=target.name, reason=clip(console.safe(reason)))

    checks, failures = [], []
    told: dict[str, str] = {}
    stage(_words(targets))
    with _progress(len(targets)) as (step, say):
        for outcome in _each(targets, 1 if _is_green() else jobs, work):
            if isinstance(outcome, Check):
                checks.append(outcome)
            else:
                say(f"{outcome.target}: {told[outcome.target]}")
                failures.append(outcome)
            step()
    return Report(
        checks=tuple(sorted(checks, key=lambda check: check.target)),
        failures=tuple(sorted(failures, key=lambda failure: failure.target)),
        started_at=began.at,
        duration=began.seconds(),
        shard=shard,
    )


def _is_green() -> bool:
    """Tell whether eventlet replaced locks that Python and drift hold: threads block on them."""
    return bool(getattr(sys.modules.get("eventlet.patcher"), "already_patched", None))


def _words(targets: Sequence[Target]) -> str:
    return f"checking {targets[0].name if len(targets) == 1 else f'{len(targets)} targets'}"


def _silent(_text: str) -> None:
    pass


def _import(targets: Sequence[Target], note: app.Note) -> Imported:
    """Import each set of models once, and before any thread runs: imports are not for threads."""
    imported: Imported = {}
    for target in targets:
        key = (target.models, target.imports)
        if target.models and key not in imported:
            try:
                imported[key] = app.load_models(target, note)
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
    """Yield the outcomes as they come.

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
            except BaseException as problem:  # noqa: BLE001 — raised again by who waits for it
                done.put(problem)

    for _ in range(min(jobs, len(targets))):
        threading.Thread(target=serve, daemon=True).start()
    for _ in targets:
        outcome = done.get()
        if isinstance(outcome, BaseException):
            raise outcome
        yield outcome


@contextmanager
def _progress(total: int) -> Iterator[tuple[Step, Say]]:
    """Show a bar on a terminal; elsewhere tell of every tenth part of many targets."""
    if total > 1 and sys.stderr.isatty():
        with click.progressbar(length=total, label="checking", file=sys.stderr) as bar:
            yield lambda: bar.update(1), _above
        return
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if total >= MANY and count * 10 // total > (count - 1) * 10 // total:
            console.note(f"{count} of {total} targets checked")

    yield step, console.error


def _above(text: str) -> None:
    """Print an error in place of the bar, which is drawn again below it."""
    click.echo("\r\x1b[K", err=True, nl=False)
    console.error(text)
