"""Two schemas in, differences out: pure, deterministic, the same for every kind of object.

Expressions are compared as text first. Those that differ are *suspects*: given PostgreSQL's
own spelling of them (`answers`), a second comparison tells which really differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from drift import differences
from drift.kinds import CROSSINGS, KINDS
from drift.kinds.kind import Kind
from drift.kinds.sql_text import plain
from drift.model import Answer, DatabaseObject, Expression, Finding, Schema
from drift.pairing import Side, pair

Place = tuple[str, str | None]
Settled: TypeAlias = tuple[str, Place]
"""A kind and a place where no expression is in question."""


class Match(msgspec.Struct, frozen=True):
    """A declared and a live object of one kind that are each other's; None: there is no other."""

    kind: str
    declared: Any
    live: Any


class Comparison(msgspec.Struct, frozen=True):
    """What differs, and the expressions that the server should be asked about.

    `matches` tells who is whose among the objects that are not the same to the letter.
    """

    findings: tuple[Finding, ...]
    suspects: frozenset[Expression] = frozenset()
    matches: tuple[Match, ...] = ()
    settled: Mapping[Settled, tuple[tuple[Finding, ...], tuple[Match, ...]]] = {}


def compare(
    declared: Schema,
    live: Schema,
    answers: Mapping[Expression, Answer] | None = None,
    before: Comparison | None = None,
) -> Comparison:
    """Compare two schemas; findings come sorted by table, then the worst first.

    With `answers`, what was `settled` by the comparison `before` is not done again.
    """
    comparing = _Comparing(declared, live, answers, before.settled if before else {})
    findings = [finding for kind in KINDS for finding in comparing.of_kind(kind)]
    for crossing in CROSSINGS:
        findings = crossing(findings, declared, live)
    ordered = tuple(sorted(findings, key=lambda finding: finding.order))
    return Comparison(
        ordered, frozenset(comparing.suspects), tuple(comparing.matches), comparing.settled
    )


class _Comparing:
    """One comparison under way."""

    def __init__(
        self,
        declared: Schema,
        live: Schema,
        answers: Mapping[Expression, Answer] | None,
        known: Mapping[Settled, tuple[tuple[Finding, ...], tuple[Match, ...]]],
    ) -> None:
        self.declared = declared
        self.live = live
        self.asking = answers is None
        self.answers = answers or {}
        self.known = known
        self.settled: dict[Settled, tuple[tuple[Finding, ...], tuple[Match, ...]]] = {}
        self.suspects: set[Expression] = set()
        self.matches: list[Match] = []
        self.whole = declared.whole
        self.schemas = {item.schema for item in live.objects.get("schema", ())}
        mine, theirs = _tables(declared), _tables(live)
        self.tables = {place: theirs[place] for place in mine.keys() & theirs.keys()}

    def of_kind(self, kind: Kind[Any]) -> Iterator[Finding]:
        """Yield the findings about one kind, place by place."""
        declared, live = self._places(kind, self.declared), self._places(kind, self.live)
        for place in sorted(declared.keys() | live.keys(), key=str):
            key = kind.name, place
            if key not in self.known:
                yield from self._once(kind, place, declared.get(place, []), live.get(place, []))
                continue
            findings, matches = self.known[key]
            self.matches += matches
            yield from findings

    def _once(
        self, kind: Kind[Any], place: Place, declared: list[Any], live: list[Any]
    ) -> tuple[Finding, ...]:
        """Compare one place, and keep what is found there if nothing is in question."""
        suspects, matches = len(self.suspects), len(self.matches)
        findings = tuple(self._at(kind, declared, live))
        if len(self.suspects) == suspects:
            self.settled[kind.name, place] = findings, tuple(self.matches[matches:])
        return findings

    def _places(self, kind: Kind[Any], schema: Schema) -> dict[Place, list[Any]]:
        """Group a side's objects by table, and leave out what is not to be compared there."""
        places: dict[Place, list[Any]] = defaultdict(list)
        for item in schema.objects.get(kind.name, ()):
            if not kind.needs_table:
                if kind.name == "schema" or item.schema in self.schemas:
                    places[item.schema, None].append(item)
            elif (table := self.tables.get((item.schema, item.table))) is not None and (
                kind.views or (table.stores_rows and not (table.locked and kind.expressions))
            ):
                places[item.schema, item.table].append(item)
        return places

    def _at(self, kind: Kind[Any], declared: list[Any], live: list[Any]) -> Iterator[Finding]:
        same = set(declared) & set(live)
        for item in live:
            if item in same:
                yield from self._states(kind, item, item)
        mine = [self._side(kind, item) for item in declared if item not in same]
        theirs = [self._side(kind, item) for item in live if item not in same]
        pairs, missing, extra = pair(kind, mine, theirs)
        unequal = [side for found in pairs if self._differ(kind, *found) for side in found]
        if unequal or (missing and extra):
            for side in (*unequal, *missing, *extra):
                self.suspects.update(side.asked)
        self.matches += [Match(kind.name, mine.item, theirs.item) for mine, theirs in pairs]
        self.matches += [Match(kind.name, side.item, None) for side in missing]
        self.matches += [Match(kind.name, None, side.item) for side in extra]
        for expected, actual in pairs:
            if not (self.asking and unequal and (expected.asked or actual.asked)):
                yield from self._pair(kind, expected, actual)
        yield from (differences.missing(kind, side.item) for side in missing)
        for side in extra:
            if self._reported(kind, side.item):
                yield differences.extra(kind, side.item)

    def _reported(self, kind: Kind[Any], item: Any) -> bool:
        """Tell whether an object that only the live side has is a difference."""
        return kind.reported_extra(item) and (kind.name != "table" or item.schema in self.whole)

    def _assumed(self, kind: Kind[Any], expected: Side, actual: Side) -> Side:
        assumed = kind.assume(expected.item, actual.item)
        return expected if assumed is expected.item else self._side(kind, assumed)

    def _differ(self, kind: Kind[Any], expected: Side, actual: Side) -> bool:
        return self._assumed(kind, expected, actual).facts != actual.facts

    def _pair(self, kind: Kind[Any], expected: Side, actual: Side) -> Iterator[Finding]:
        expected = self._assumed(kind, expected, actual)
        changes = differences.changes(expected.facts, actual.facts)
        named = expected.item.name not in {None, actual.item.name}
        if named:
            changes["name"] = (expected.item.name, actual.item.name)
        reasons = [
            self.answers[e].reason
            for e in (*expected.asked, *actual.asked)
            if e in self.answers and self.answers[e].reason
        ]
        yield from differences.mismatches(kind, expected.item, actual.item, changes, reasons)
        yield from self._states(kind, expected.item, actual.item)

    def _states(self, kind: Kind[Any], declared: Any, live: Any) -> Iterator[Finding]:
        for rule, message in kind.states(declared, live):
            yield differences.state(kind, rule, live, message)

    def _side(self, kind: Kind[Any], item: DatabaseObject) -> Side:
        asked: list[Expression] = []

        def ask(expression: Expression) -> str:
            asked.append(expression)
            answer = self.answers.get(expression)
            return (answer and answer.text) or plain(expression.text)

        facts = kind.facts(item, ask)
        return Side(item, facts, kind.structure(facts), tuple(asked))


def _tables(schema: Schema) -> dict[tuple[str, str | None], Any]:
    return {(item.schema, item.name): item for item in schema.objects.get("table", ())}
