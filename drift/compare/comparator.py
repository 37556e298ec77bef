"""Two schemas in, differences out: pure, deterministic, the same for every kind of object.

Part by part: equal objects are set aside; the others are paired; pairs give changes, and the
rest is missing or extra. Expressions are compared as text first. A part in which they differ stays
open: given PostgreSQL's own spelling of them (`answers`), a second comparison of the open parts
tells which really differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from drift.compare import findings as finding_of
from drift.compare.answers import Answers
from drift.compare.cross_checks import CROSS_CHECKS
from drift.compare.impacts import true_of_any_sides
from drift.compare.pairing import Pair, Side, pair, set_aside_equal
from drift.compare.parts import Part, parts
from drift.kinds import RULES
from drift.kinds.base import Kind, LiveProblem
from drift.kinds.sides import sides_of
from drift.model import Answer, Expression, Schema
from drift.report.finding import Finding


class Match(msgspec.Struct, frozen=True, gc=False):
    """A declared and a live object of one kind that are a pair; None: there is no other."""

    kind: str
    declared: Any
    live: Any


class Comparison(msgspec.Struct, frozen=True):
    """The differences, and the expressions that the server should be asked about.

    `matches` are the pairs, and the single objects, that are not the same to the letter. With
    `unresolved_expressions`, `sure` are the findings that no answer changes, and `open` are the
    parts that wait for answers. `skipped` are the paths of objects that could not be compared,
    with the reason.
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

    Without `answers`, parts with expressions that differ stay open; with them, only the open parts
    of the comparison `before` are compared, if there was one.
    """
    comparator = _Comparator(declared, live, answers)
    if before:
        comparator.sure += before.sure
        comparator.matches += before.matches
    for part in before.open if before else parts(declared, live):
        comparator.compare(part)
    findings = comparator.sure
    for cross_check in () if comparator.open else CROSS_CHECKS:
        findings = cross_check(findings, declared, live)
    findings = true_of_any_sides(findings, declared, live)
    return Comparison(
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        unresolved_expressions=frozenset(comparator.unresolved_expressions),
        matches=tuple(comparator.matches),
        sure=tuple(comparator.sure),
        open=tuple(comparator.open),
        skipped=tuple(dict.fromkeys(comparator.skipped)),
    )


class _Judged(NamedTuple):
    """A pair, its declared side as the server would create it, and if that differs from live."""

    pair: Pair
    created: Side
    differs: bool

    @property
    def is_done(self) -> bool:
        """Whether no answer can change it: it is equal, and has the same name on both sides."""
        declared, live = self.pair
        return not self.differs and bool(declared.item.name == live.item.name)


class _Comparator:
    """One comparison under way."""

    def __init__(
        self, declared: Schema, live: Schema, answers: Mapping[Expression, Answer] | None = None
    ) -> None:
        self._managed_schemas, self._strict = declared.managed_schemas, declared.strict
        self._complete = declared.complete
        self._sides = sides_of(declared, live)
        self._may_ask = answers is None
        self._answers = Answers(answers or {})
        self.unresolved_expressions: set[Expression] = set()
        self.matches: list[Match] = []
        self.sure: list[Finding] = []
        self.open: list[Part] = []
        self.skipped: list[tuple[str, str]] = []

    def compare(self, part: Part) -> None:
        """Compare one part; equal objects cost next to nothing."""
        kind = part.kind
        equal, declared, live = set_aside_equal(*part)
        for declared_item, live_item in equal if kind.has_problems else ():
            self.sure += self._live_problems(kind, declared_item, live_item)
        self.matches += [Match(kind.name, *each) for each in equal if each[0] != each[1]]
        if declared or live:
            sides = ([self._side(kind, item) for item in items] for items in (declared, live))
            self._compare_rest(kind, *pair(kind, *sides))

    def _compare_rest(
        self, kind: Kind[Any], pairs: list[Pair], missing: list[Side], extra: list[Side]
    ) -> None:
        """Turn pairs, and objects without a partner, into findings, or leave them to the server."""
        judged = [self._judged(kind, *each) for each in pairs]
        unequal = [each for each in judged if each.differs]
        if unequal or (missing and extra):
            sides = (*(side for each in unequal for side in each.pair), *missing, *extra)
            asked = {expression for side in sides for expression in side.asked}
            self.unresolved_expressions |= asked
            if asked and self._may_ask:
                self._leave_open(kind, judged, missing, extra)
                return
        self._report_pairs(kind, judged)
        missing, extra = self._without_incomparable(kind, missing, extra)
        self.matches += [Match(kind.name, side.item, None) for side in missing]
        self.matches += [Match(kind.name, None, side.item) for side in extra]
        self.sure += [finding_of.missing(kind, side.item, self._sides) for side in missing]
        self.sure += [
            finding_of.extra(kind, side.item, self._sides)
            for side in extra
            if self._reported(kind, side.item)
        ]

    def _leave_open(
        self, kind: Kind[Any], judged: list[_Judged], missing: list[Side], extra: list[Side]
    ) -> None:
        """Report only equal pairs of the same name: the answers may change the other pairs."""
        self._report_pairs(kind, [each for each in judged if each.is_done])
        rest = [each.pair for each in judged if not each.is_done]
        declared = [side.item for side, _ in rest] + [side.item for side in missing]
        live = [side.item for _, side in rest] + [side.item for side in extra]
        self.open.append(Part(kind, declared, live))

    def _without_incomparable(
        self, kind: Kind[Any], missing: list[Side], extra: list[Side]
    ) -> tuple[list[Side], list[Side]]:
        """Leave out objects that may be the same: one of each side, if one could not be judged."""

        def reason(side: Side) -> str:
            return self._answers.reason_not_comparable(side.asked)

        missing = sorted(missing, key=lambda side: not reason(side))
        extra = sorted(extra, key=lambda side: not reason(side))
        while missing and extra and (why := reason(missing[0]) or reason(extra[0])):
            self.skipped.append((kind.ref(extra[0].item).path, why))
            del missing[0], extra[0]
        return missing, extra

    def _reported(self, kind: Kind[Any], item: Any) -> bool:
        """Return whether an object that only the live side has is a difference."""
        managed = not kind.extra_if_managed or item.schema in self._managed_schemas
        asked_for = not kind.is_optional or kind.name in self._strict
        return managed and asked_for and kind.reported_extra(item)

    def _judged(self, kind: Kind[Any], declared: Side, live: Side) -> _Judged:
        created = self._as_created(kind, declared, live)
        return _Judged((declared, live), created, created.comparable != live.comparable)

    def _as_created(self, kind: Kind[Any], declared: Side, live: Side) -> Side:
        """Return the declared side with everything that the model leaves open as it is live."""
        filled = kind.with_server_defaults(declared.item, live.item)
        if self._complete and kind.left_open:
            own = {name: getattr(declared.item, name) for name in kind.left_open}
            filled = msgspec.structs.replace(filled, **own)
        return declared if filled is declared.item else self._side(kind, filled)

    def _report_pairs(self, kind: Kind[Any], judged: list[_Judged]) -> None:
        for (declared, live), created, _ in judged:
            self.matches.append(Match(kind.name, declared.item, live.item))
            self.sure += self._mismatches(kind, created, live)
            self.sure += self._live_problems(kind, created.item, live.item)

    def _mismatches(self, kind: Kind[Any], declared: Side, live: Side) -> Iterator[Finding]:
        changes = finding_of.changes(declared.comparable, live.comparable)
        if not changes and declared.item.name in {None, live.item.name}:
            return
        answers = self._answers.of_object({*declared.asked, *live.asked})
        for attribute, reason in answers.not_comparable(changes).items():
            del changes[attribute]
            self.skipped.append((kind.ref(live.item).path, reason))
        if declared.item.name not in {None, live.item.name}:
            changes["name"] = (declared.item.name, live.item.name)
        doubts = answers.doubts(changes)
        yield from finding_of.mismatches(
            kind, declared.item, live.item, changes, doubts, self._sides
        )

    def _live_problems(self, kind: Kind[Any], declared: Any, live: Any) -> Iterator[Finding]:
        problems = list(kind.live_problems(declared, live))
        if self._complete:
            yield from self._problems_of_one_side(kind, declared, live, problems)
            return
        for problem in problems:
            yield finding_of.live_problem(kind, problem, live)

    def _problems_of_one_side(
        self, kind: Kind[Any], declared: Any, live: Any, problems: list[LiveProblem]
    ) -> Iterator[Finding]:
        """Report the problems that a server's object has on one side only.

        One of the expected side alone is `info`: what depends on the actual side has none.
        """
        expected = list(kind.live_problems(live, declared))
        known = {(problem.rule, problem.text) for problem in expected}
        also = {(problem.rule, problem.text) for problem in problems}
        for problem in problems:
            if (problem.rule, problem.text) not in known or not RULES[problem.rule].difference:
                yield finding_of.live_problem(kind, problem, live, self._sides)
        for problem in expected:
            if (problem.rule, problem.text) not in also and RULES[problem.rule].difference:
                yield finding_of.expected_problem(kind, problem, declared, self._sides)

    def _side(self, kind: Kind[Any], item: Any) -> Side:
        asked: list[Expression] = []

        def ask(expression: Expression) -> str:
            asked.append(expression)
            return self._answers.spelling(expression)

        return Side(item, kind.comparable(item, ask), tuple(asked))
