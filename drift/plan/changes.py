"""Groups findings into changes: one per object, however many rules it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from drift.compare.comparator import Match
from drift.kinds import KINDS, RULES
from drift.kinds.advice import RULES as ADVICE_RULES
from drift.kinds.column.column import Column
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.kinds.sequence.kind import Sequence as SequenceObject
from drift.kinds.sequence.options import Options
from drift.model import ObjectRef
from drift.plan.recipe import Change
from drift.plan.step import Refusal
from drift.report.finding import Finding

Key: TypeAlias = tuple[str, ObjectRef, str]
_KINDS = {kind.name: kind for kind in KINDS}
_OF_MIGRATIONS = {rule.id for rule in MIGRATION_RULES}
_REASONS = {
    "pending-migration": "run the pending migrations: alembic upgrade head",
    "not-in-migrations": "drift plan --alembic --causes writes the migration",
    "frozen-default": "change the model: server_default=text('now()') is read for every row",
}
"""Why no step closes the findings of a rule; others have the rule's own remedy."""
_WITHOUT_STEPS = (
    _OF_MIGRATIONS
    | {"impossible-declaration", "unreadable-table", "frozen-default"}
    | {rule.id for rule in ADVICE_RULES}
)


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """The changes in order, and the findings that no change closes."""

    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...] = ()
    covered: tuple[Finding, ...] = ()


def grouped(
    findings: Sequence[Finding], matches: Iterable[Match], columns: Iterable[Any]
) -> Grouped:
    """Return one change per object. `columns` are the live ones, for those that own sequences.

    `covered` are findings that the changes of other objects close: a foreign key that cannot be
    created because of the type of a column.
    """
    index = _Index(matches, columns)
    changes: dict[Any, Change] = {}
    refusals, covered = [], []
    for finding in findings:
        if finding.rule == "foreign-key-type-mismatch":
            covered.append(finding)
        elif finding.rule in _WITHOUT_STEPS or (change := index.change(finding)) is None:
            refusals.append(refused(finding))
        else:
            key = (change.kind, id(change.wanted), id(change.present))
            if change.kind == "sequence":
                key = (change.kind, hash(change.present), 0)
            changes[key] = _merged(changes.get(key), change)
    return Grouped(
        changes=tuple(changes.values()), refusals=tuple(refusals), covered=tuple(covered)
    )


def refused(finding: Finding, reason: str = "") -> Refusal:
    """Return the refusal of a finding, with the remedy of its rule if no reason is given."""
    reason = reason or _REASONS.get(finding.rule) or RULES[finding.rule].remedy
    return Refusal(finding=finding.fingerprint, path=finding.object.path, reason=reason)


def _merged(known: Change | None, change: Change) -> Change:
    if known is None:
        return change
    return msgspec.structs.replace(
        known,
        attributes=known.attributes | change.attributes,
        rules=known.rules | change.rules,
        findings=(*known.findings, *change.findings),
    )


class _Index:
    """The matches of a comparison by the names that findings call them."""

    def __init__(self, matches: Iterable[Match], columns: Iterable[Any]) -> None:
        self._by_ref: dict[tuple[str, ObjectRef], Match] = {}
        self._alone: list[Match] = []
        self._columns = tuple(columns)
        for match in matches:
            kind = _KINDS[match.kind]
            which = (
                "missing" if match.live is None else "extra" if match.declared is None else "both"
            )
            item = match.declared if match.live is None else match.live
            self._by_ref[which, kind.ref(item)] = match
            if match.declared is None:
                self._alone.append(match)

    def change(self, finding: Finding) -> Change | None:
        """Return the change of a finding; None if the comparison has no object for it."""
        wanted, present, kind = self._objects(finding)
        if wanted is None and present is None:
            return None
        return Change(
            kind=kind,
            wanted=wanted,
            present=present,
            attributes=frozenset(finding.changes),
            rules=frozenset({finding.rule}),
            findings=(finding.fingerprint,),
        )

    def _objects(self, finding: Finding) -> tuple[Any, Any, str]:
        ref, kind = finding.object, finding.object.kind
        if "kind" in finding.changes:
            match = self._by_ref.get(("missing", ref))
            return match and match.declared, self._other(finding), kind
        if kind == "not-null":
            ref, kind = self._column_of(finding), "column"
        which = finding.rule.partition("-")[0]
        match = self._by_ref.get((which if which in {"missing", "extra"} else "both", ref))
        if match is None and finding.rule == "sequence-mismatch":
            return *self._of_serial(finding), "sequence"
        return (None, None, kind) if match is None else (match.declared, match.live, kind)

    def _other(self, finding: Finding) -> Any:
        """Return the live object of the other kind that takes the place of the declared one."""
        ref = finding.object
        for match in self._alone:
            live = match.live
            same_table = (live.schema, live.table) == (ref.schema, ref.table)
            is_other = match.kind in {"unique", "index"} and match.kind != ref.kind
            if same_table and is_other and _KINDS[match.kind].facts_of(live) == finding.actual:
                return live
        return None

    @staticmethod
    def _column_of(finding: Finding) -> ObjectRef:
        ref, columns = finding.object, (finding.expected or {}).get("columns") or [""]
        return ObjectRef("column", ref.schema, ref.table, columns[0])

    def _of_serial(self, finding: Finding) -> tuple[Any, Any]:
        """Return the sequence of a SERIAL column as its options should be, and as it is."""
        name = (finding.object.schema, finding.object.name)
        own = (c.sequence for c in self._columns if isinstance(c, Column) and c.sequence)
        live = next((each for each in own if (each.schema, each.name) == name), None)
        if live is None:
            return None, None
        return _sequence(*name, finding.expected), _sequence(*name, finding.actual)


def _sequence(schema: str, name: str, facts: Mapping[str, Any] | None) -> SequenceObject:
    options = dict(facts or {})
    type_ = options.pop("type", "bigint")
    return SequenceObject(schema=schema, name=name, type=type_, options=Options(**options))


def uses_columns(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield the columns that an object needs, by schema, table and name."""
    item = change.wanted
    if item is None or change.kind in {"column", "table", "schema", "enum", "domain", "sequence"}:
        return
    names = [*getattr(item, "columns", ()), *getattr(item, "include", ())]
    names += [key.column for key in getattr(item, "keys", ()) if key.column]
    yield from ((item.schema, item.table, name) for name in names)
    for name in getattr(item, "target_columns", ()):
        yield (item.target_schema, item.target_table, name)
