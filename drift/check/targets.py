"""Checks many targets in one run, some in parallel; no failure stops the others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from drift.check import clock, policy, reasons
from drift.check.expected import open_expected, reference_of
from drift.check.histories import Histories
from drift.check.target import check
from drift.check.turns import each
from drift.config import PER_HOST, Target
from drift.errors import DriftError
from drift.process.child import stage
from drift.process.signals import Stopped
from drift.report.report import Check, Failure, Report
from drift.scratch import Scratch
from drift.sources.interface import Note
from drift.texts import clip

if TYPE_CHECKING:
    from drift.check.alike import Comparisons
    from drift.sources.interface import Expected

Outcome: TypeAlias = Check | Failure
Key: TypeAlias = "tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]"
Opened: TypeAlias = "dict[Key, Expected | DriftError]"


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


def run(  # noqa: PLR0913 — independent options
    targets: Sequence[Target],
    observer: Observer | None = None,
    *,
    jobs: int = 1,
    per_host: int = PER_HOST,
    shard: str | None = None,
    scratch: Scratch | None = None,
) -> Report:
    """Check all targets, `jobs` at a time; the report is in the order of their names.

    At most `per_host` connections to one host are open at a time. `shard` is the part of all
    targets that these are.
    """
    began = clock.start()
    observer = observer or Silent()
    histories = Histories(scratch or Scratch(), _comparisons() if len(targets) > 1 else None)
    opened = _open(targets, observer.note, histories.scratch) if len(targets) > 1 else {}
    problems: dict[str, BaseException] = {}

    def work(target: Target) -> Outcome:
        try:
            expected = _expected(opened, target)
            return check(target, note=observer.note, histories=histories, expected=expected)
        except Stopped:
            raise
        except BaseException as problem:  # noqa: BLE001 — the other targets are still checked
            problems[target.name] = problem
            reason = reasons.reason(problem).removeprefix(f"{target.name}: ")
        return Failure(target=target.name, reason=clip(reasons.safe(reason)))

    checks, failures = [], []
    stage(_stage(targets))
    for outcome in each(targets, work, 1 if _is_green() else jobs, per_host):
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


def _comparisons() -> Comparisons:
    """Return an empty cache of comparisons; one target alone does not import it."""
    from drift.check.alike import Comparisons

    return Comparisons()


def _is_green() -> bool:
    """Return whether the models patched threads with eventlet: older locks would block."""
    return bool(getattr(sys.modules.get("eventlet.patcher"), "already_patched", None))


def _stage(targets: Sequence[Target]) -> str:
    return f"checking {targets[0].name if len(targets) == 1 else f'{len(targets)} targets'}"


def _open(targets: Sequence[Target], note: Note, scratch: Scratch) -> Opened:
    """Open each expected side once, and before any thread runs: imports are not thread-safe."""
    opened: Opened = {}
    for target in targets:
        key = _key(target)
        if key is not None and key not in opened:
            try:
                opened[key] = open_expected(target, note, scratch)
            except DriftError as problem:
                opened[key] = problem
    return opened


def _key(target: Target) -> Key | None:
    """Return the key of targets that share an expected side; None if there are no models."""
    source = reference_of(target)
    if source.text == "models":
        if not target.models:
            alembic = "alembic", target.path, target.imports, target.sql
            return alembic if target.alembic else None
        return "models", target.models, target.imports, target.sql
    return source.text, (), target.imports, target.sql


def _expected(opened: Opened, target: Target) -> Expected | None:
    key = _key(target)
    expected = None if key is None else opened.get(key)
    if isinstance(expected, DriftError):
        raise expected
    return expected
