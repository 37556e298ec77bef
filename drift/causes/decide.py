"""Decides the cause of a difference by the sides that agree.

| models | head | the database's revision | database | cause |
|---|---|---|---|---|
| A | A | B | B | pending-migration |
| A | B | B | B | missing-migration |
| A | A | A | B | changed-by-hand |
| A | – | – | A or B | not-in-migrations |
| A | A | A | as before that revision | stamped-not-run |
| A | A | no version table | B | created-by-metadata |

Everything else is a mix.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from drift.causes import stamped
from drift.causes.history import History, Revision, Step
from drift.causes.sides import ABSENT, Agreement, Side, State, is_extra, is_missing
from drift.causes.stamped import Unrun
from drift.report import causes
from drift.report.finding import Finding

WHOLE = frozenset({"table", "sequence", "enum", "domain", "schema"})
"""Kinds of objects that migrations of another application may make in the same database."""


class Verdict(msgspec.Struct, frozen=True):
    """A cause, the sentence that proves it, and the revision that it names."""

    cause: str
    evidence: str
    revision: str = ""


class Judge:
    """Decides about the differences of one database."""

    def __init__(self, history: History, live: Iterable[Finding]) -> None:
        """Take the history, and the differences between models and database."""
        self._history = history
        self._live = Side(live)

    def judged(self, finding: Finding) -> Finding:
        """Return a finding of the database with its cause."""
        verdict = self.verdict(finding)
        return msgspec.structs.replace(
            finding,
            cause=verdict.cause,
            evidence=verdict.evidence,
            revision=verdict.revision,
        )

    def verdict(self, finding: Finding) -> Verdict:
        """Return the cause of a difference between models and database."""
        history = self._history
        if history.from_models:
            return Verdict(causes.UNKNOWN, _from_models(history))
        if history.head is None:
            return Verdict(causes.UNKNOWN, "the project has no migrations")
        live, head = self._live.state(finding), history.head.side.state(finding)
        if history.current is None:
            return self._without_revision(finding, live, head)
        own = history.current.side.state(finding)
        if self._same(finding, own, live):
            return self._as_migrated(finding, own, head)
        return self._unlike_migrated(finding, own, head)

    def _same(self, finding: Finding, own: State, live: State) -> bool:
        """Return whether the database is as its revision makes it.

        Two servers may print one expression in two ways: a comparison of the two decides.
        """
        if own == live:
            return True
        unlike = self._history.unlike_applied
        differ = own.agreement is live.agreement is Agreement.DIFFERS
        return differ and unlike is not None and finding.object not in unlike

    def _as_migrated(self, finding: Finding, own: State, head: State) -> Verdict:
        """Return the cause of a difference that the database's own revision makes."""
        if head.agrees:
            step = self._step_to_models(finding)
            return Verdict(
                causes.PENDING,
                f"migration {step} {self._makes(finding, 'removes it')}, and has not run here",
                step.id,
            )
        if head == own:
            return Verdict(causes.MISSING, self._no_migration(finding, head))
        return Verdict(
            causes.MIXED,
            f"pending migrations change it, and at head ({self._head}) it is still not as the "
            "models declare",
        )

    def _unlike_migrated(self, finding: Finding, own: State, head: State) -> Verdict:
        """Return the cause of a difference to the database's own revision."""
        unrun = self._unrun.get((finding.rule, finding.object))
        if unrun is not None and (unrun.whole or unrun.revision.divisible):
            return Verdict(causes.STAMPED, _absent(unrun), unrun.revision.id)
        verdict = self._changed(finding, own, head)
        if unrun is None:
            return verdict
        return msgspec.structs.replace(verdict, evidence=f"{verdict.evidence}; {_absent(unrun)}")

    def _changed(self, finding: Finding, own: State, head: State) -> Verdict:
        """Return the cause of a difference to a revision that ran, at least in part."""
        current = f"at the database's revision {self._current}, the migrations"
        if own == ABSENT == head:
            return Verdict(causes.UNMIGRATED, self._no_migration(finding, head))
        if own.agrees:
            return self._added(finding, f"{current} {self._have(finding, own)}")
        if head.agrees:
            step = self._step_to_models(finding)
            return Verdict(
                causes.MIXED,
                f"changed by hand: {current} have something else; and migration {step}, which "
                f"makes it {self._history.declared}, has not run here",
                step.id,
            )
        return Verdict(
            causes.MIXED,
            f"changed by hand: {current} have something else; and no migration makes it as the "
            "models declare",
        )

    def _added(self, finding: Finding, evidence: str) -> Verdict:
        """Return the cause of an object that only the database has, or lacks or changed."""
        others = self._history.others
        if others and is_extra(finding) and finding.object.kind in WHOLE:
            tables = ", ".join(others)
            verb = "is a version table" if len(others) == 1 else "are version tables"
            return Verdict(
                causes.UNKNOWN,
                f"{evidence}; {tables} {verb} of other migrations, which may have made it",
            )
        return Verdict(causes.BY_HAND, evidence)

    def _without_revision(self, finding: Finding, live: State, head: State) -> Verdict:
        """Return the cause of a difference in a database whose revision cannot be made."""
        if head == live:
            return Verdict(causes.MISSING, self._no_migration(finding, head))
        if head == ABSENT:
            return Verdict(causes.UNMIGRATED, self._no_migration(finding, head))
        if self._history.has_version_table:
            gone = ", ".join(self._history.unknown)
            return Verdict(
                causes.DELETED,
                f"the database is at revision {gone}, which the project does not have; at head "
                f"({self._head}) the migrations {self._have(finding, head)}",
            )
        return Verdict(
            causes.CREATED,
            "the database has no version table: create_all or a person made it; at head "
            f"({self._head}) the migrations {self._have(finding, head)}",
        )

    def _no_migration(self, finding: Finding, head: State) -> str:
        """Say that the migrations do not make it, or not even its table."""
        side = self._history.head.side if self._history.head else Side(())
        if owner := side.missing_owner(finding.object):
            return f"no migration makes the {owner}"
        return no_migration(finding, head)

    def _step_to_models(self, finding: Finding) -> Revision:
        """Return the pending revision from which on it is as the models declare."""
        last: Revision | None = None
        for step in reversed(self._history.pending):
            if not step.side.state(finding).agrees:
                break
            last = step.revision
        return last or Revision("?")

    @cached_property
    def _unrun(self) -> dict[stamped.Key, Unrun]:
        by_key: dict[stamped.Key, Unrun] = {}
        for unrun in stamped.unrun(self._history, self._live):
            for key in unrun.keys:
                by_key.setdefault(key, unrun)
        return by_key

    def _makes(self, finding: Finding, absent: str) -> str:
        """Say that migrations make it as expected; `absent` for an extra object.

        An object that the database lacks may still be made with another type.
        """
        if is_extra(finding):
            return absent
        return "makes it" if is_missing(finding) else f"makes it {self._history.declared}"

    def _have(self, finding: Finding, state: State) -> str:
        """Say whether the migrations have the object as expected."""
        if not state.agrees:
            return "have something else"
        if is_extra(finding):
            return "do not have it"
        return "have it" if is_missing(finding) else f"have it {self._history.declared}"

    @property
    def _head(self) -> str:
        return _name(self._history.head)

    @property
    def _current(self) -> str:
        return _name(self._history.current)


def _name(step: Step | None) -> str:
    return str(step.revision) if step and step.revision else "base"


def _from_models(history: History) -> str:
    verb = "calls" if len(history.from_models) == 1 else "call"
    return (
        f"migration {', '.join(history.from_models)} {verb} create_all or Table.create on the "
        "models, so that the migrations prove nothing"
    )


def no_migration(finding: Finding, head: State) -> str:
    """Say that no migration up to head removes or makes the object."""
    if is_extra(finding):
        return "no migration removes it"
    return "no migration makes it" + ("" if head == ABSENT else " as the models declare")


def _absent(unrun: Unrun) -> str:
    """Say how much of a revision is absent from the database."""
    if unrun.whole:
        return (
            f"the database says that migration {unrun.revision} ran, but none of its changes to "
            "the compared objects is here: it was stamped without running, or undone by hand"
        )
    verb = "is" if unrun.absent == 1 else "are"
    return (
        f"{unrun.absent} of the {unrun.total} changes of migration {unrun.revision} {verb} not "
        "here: they were undone by hand, or it stopped halfway"
    )
