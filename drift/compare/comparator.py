"""Two schemas in, differences out: pure, deterministic, the same for every kind of object.

Expressions are compared as text first. Those that differ are *suspects*: given PostgreSQL's
own spelling of them (`answers`), a second comparison tells which really differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from drift.compare import findings as differences
from drift.compare.cross_checks import CROSS_CHECKS
from drift.compare.pairing import Side, alike, pair
from drift.compare.parts import Part, parts
from drift.kinds.base import Kind
from drift.kinds.sql.text import plain
from drift.model import Answer, DatabaseObject, Expression, Schema
from drift.report.finding import Finding


class Match(msgspec.Struct, frozen=True, gc=False):
    """A declared and a live object of one kind that are each other's; None: there is no other."""

    kind: str
    declared: Any
    live: Any


class Comparison(msgspec.Struct, frozen=True):
    """What differs, and the expressions that the server should be asked about.

    `matches` tells who is whose among the objects that are not the same to the letter. With
    `unresolved_expressions`, `sure` are the findings that no answer changes, and `open` is the
    rest.
    `skipped` are the paths of what could not be compared, with the reason.
    """

    findings: tuple[Finding, ...]
    unresolved_expressions: frozenset[Expression] = frozenset()
    matches: tuple[Match, ...] = ()
    sure: tuple[Finding, ...] = ()
    open: tuple[Part, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


def compare(
    declared: Schema,
    live: Schema,
    answers: Mapping[Expression, Answer] | None = None,
    before: Comparison | None = None,
) -> Comparison:
    """Compare two schemas; findings come sorted by table, then the worst first.

    Without `answers`, what the server should be asked about stays open; with them, only what the
    comparison `before` left open is compared, where there was one.
    """
    comparing = _Comparing(declared.managed_schemas, answers)
    if before:
        comparing.sure += before.sure
        comparing.matches += before.matches
    for part in before.open if before else parts(declared, live):
        comparing.compare(part)
    findings = comparing.sure
    for cross_check in () if comparing.open else CROSS_CHECKS:
        findings = cross_check(findings, declared, live)
    return Comparison(
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        unresolved_expressions=frozenset(comparing.unresolved_expressions),
        matches=tuple(comparing.matches),
        sure=tuple(comparing.sure),
        open=tuple(comparing.open),
        skipped=tuple(dict.fromkeys(comparing.skipped)),
    )


class _Comparing:
    """One comparison under way; `managed_schemas` should hold no other tables."""

    def __init__(
        self, whole: Iterable[str], answers: Mapping[Expression, Answer] | None = None
    ) -> None:
        self.managed_schemas = frozenset(whole)
        self.asking = answers is None
        self.answers = answers or {}
        self.unjudged = {a.text: a for a in self.answers.values() if a.reason}
        self.absent = {a.text for a in self.answers.values() if a.absent}
        self.unresolved_expressions: set[Expression] = set()
        self.matches: list[Match] = []
        self.sure: list[Finding] = []
        self.open: list[Part] = []
        self.skipped: list[tuple[str, str]] = []

    def compare(self, part: Part) -> None:
        """Compare one part: what is the same is put aside first, and costs next to nothing."""
        kind = part.kind
        same, declared, live = alike(*part)
        for mine, theirs in same:
            self.sure += self._states(kind, mine, theirs)
            if mine != theirs:
                self.matches.append(Match(kind.name, mine, theirs))
        if declared or live:
            self._unlike(kind, declared, live)

    def _unlike(self, kind: Kind[Any], declared: list[Any], live: list[Any]) -> None:
        mine = [self._side(kind, item) for item in declared]
        theirs = [self._side(kind, item) for item in live]
        pairs, missing, extra = pair(kind, mine, theirs)
        unequal = [found for found in pairs if self._differ(kind, *found)]
        if unequal or (missing and extra):
            sides = (*(side for found in unequal for side in found), *missing, *extra)
            asked = {expression for side in sides for expression in side.asked}
            self.unresolved_expressions |= asked
            if asked and self.asking:
                self._postpone(kind, pairs, unequal, missing, extra)
                return
        self._pairs(kind, pairs)
        missing, extra = self._without_open(kind, missing, extra)
        self.matches += [Match(kind.name, side.item, None) for side in missing]
        self.matches += [Match(kind.name, None, side.item) for side in extra]
        self.sure += [differences.missing(kind, side.item) for side in missing]
        self.sure += [
            differences.extra(kind, side.item) for side in extra if self._reported(kind, side.item)
        ]

    def _without_open(
        self, kind: Kind[Any], missing: list[Side], extra: list[Side]
    ) -> tuple[list[Side], list[Side]]:
        """Leave out what may be the same: one of each side, of which one could not be judged."""
        missing = sorted(missing, key=lambda side: not self._open_reason(side))
        extra = sorted(extra, key=lambda side: not self._open_reason(side))
        while missing and extra:
            reason = self._open_reason(missing[0]) or self._open_reason(extra[0])
            if not reason:
                break
            self.skipped.append((kind.ref(extra[0].item).path, reason))
            del missing[0], extra[0]
        return missing, extra

    def _open_reason(self, side: Side) -> str:
        """Return why an object of one side is not compared; "" if it is."""
        answers = (self.answers.get(expression) for expression in side.asked)
        return next((one.reason or "" for one in answers if one and one.open), "")

    def _postpone(
        self,
        kind: Kind[Any],
        pairs: list[tuple[Side, Side]],
        unequal: list[tuple[Side, Side]],
        missing: list[Side],
        extra: list[Side],
    ) -> None:
        """Leave open all but the equal ones of one name: the answers may pair the rest anew."""
        done = [
            found
            for found in pairs
            if found not in unequal and found[0].item.name == found[1].item.name
        ]
        self._pairs(kind, done)
        rest = [found for found in pairs if found not in done]
        declared = [mine.item for mine, _ in rest] + [side.item for side in missing]
        live = [theirs.item for _, theirs in rest] + [side.item for side in extra]
        self.open.append(Part(kind, declared, live))

    def _pairs(self, kind: Kind[Any], pairs: list[tuple[Side, Side]]) -> None:
        for mine, theirs in pairs:
            self.matches.append(Match(kind.name, mine.item, theirs.item))
            self.sure += self._pair(kind, mine, theirs)

    def _reported(self, kind: Kind[Any], item: Any) -> bool:
        """Tell whether an object that only the live side has is a difference."""
        return kind.reported_extra(item) and (
            not kind.extra_if_managed or item.schema in self.managed_schemas
        )

    def _assumed(self, kind: Kind[Any], expected: Side, actual: Side) -> Side:
        assumed = kind.with_server_defaults(expected.item, actual.item)
        return expected if assumed is expected.item else self._side(kind, assumed)

    def _differ(self, kind: Kind[Any], expected: Side, actual: Side) -> bool:
        return self._assumed(kind, expected, actual).comparable != actual.comparable

    def _pair(self, kind: Kind[Any], expected: Side, actual: Side) -> Iterator[Finding]:
        expected = self._assumed(kind, expected, actual)
        changes = differences.changes(expected.comparable, actual.comparable)
        for path, reason in self._opened(changes):
            del changes[path]
            self.skipped.append((kind.ref(actual.item).path, reason))
        named = expected.item.name not in {None, actual.item.name}
        if named:
            changes["name"] = (expected.item.name, actual.item.name)
        type_ = expected.comparable["type"] if "type" in changes else None
        doubts = differences.Doubts(self._reasons(changes), absent=type_ in self.absent)
        yield from differences.mismatches(kind, expected.item, actual.item, changes, doubts)
        yield from self._states(kind, expected.item, actual.item)

    def _opened(self, changes: differences.Changes) -> list[tuple[str, str]]:
        """Return the changes that nobody can judge, and why."""
        opened = []
        for path, values in changes.items():
            reasons = [self._open_pair(*pair) for pair in differences.leaves(*values)]
            if reasons and all(reasons):
                opened.append((path, reasons[0]))
        return opened

    def _open_pair(self, expected: Any, actual: Any) -> str:
        answers = [self.unjudged.get(value) for value in (expected, actual) if type(value) is str]
        return next((one.reason or "" for one in answers if one and one.open), "")

    def _reasons(self, changes: differences.Changes) -> dict[str, str]:
        """Return why the server did not judge a change, for those that it did not."""
        reasons = {path: self._reason(*values) for path, values in changes.items()}
        return {path: reason for path, reason in reasons.items() if reason}

    def _reason(self, expected: Any, actual: Any) -> str:
        """Return why nothing that differs was judged; "" if something surely differs."""
        reasons = [self._unjudged(*pair) for pair in differences.leaves(expected, actual)]
        return "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""

    def _unjudged(self, expected: Any, actual: Any) -> str:
        texts = [value for value in (expected, actual) if isinstance(value, str)]
        answers = [self.unjudged[text] for text in texts if text in self.unjudged]
        if len(answers) == 2 and answers[0].calls == answers[1].calls != ():
            return ""  # the calls are the same: the server judged the rest
        return "; ".join(dict.fromkeys(answer.reason or "" for answer in answers))

    def _states(self, kind: Kind[Any], declared: Any, live: Any) -> Iterator[Finding]:
        for state in kind.live_problems(declared, live):
            yield differences.state(kind, state, live)

    def _side(self, kind: Kind[Any], item: DatabaseObject) -> Side:
        asked: list[Expression] = []

        def ask(expression: Expression) -> str:
            asked.append(expression)
            answer = self.answers.get(expression)
            return (answer and answer.text) or plain(expression.text)

        comparable = kind.comparable(item, ask)
        identity = _hashable(comparable) if kind.paired_by_content else None
        return Side(item, comparable, identity, tuple(asked))


def _hashable(value: Any) -> Hashable:
    """Return what is compared as a key: two objects with the same key differ by name at most."""
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    hashable: Hashable = value
    return hashable
