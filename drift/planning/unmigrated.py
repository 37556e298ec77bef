"""The revision for objects that no migration creates, though models and database have them.

The database that was checked has them; a database that the migrations build does not. So the
revision creates each object as it is live, and only where it is missing. It comes before
the revisions of the plan, which lead from there to the models in both databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from drift.check.planned import Made
from drift.compare.comparator import Match
from drift.formats.plan import words
from drift.kinds import KINDS
from drift.kinds.migration import UNMIGRATED
from drift.model import ObjectRef, Schema
from drift.plan.changes import Grouped, refused
from drift.plan.context import Options
from drift.plan.planner import Sides
from drift.plan.planner import plan as make_plan
from drift.plan.recipe import Change
from drift.plan.step import Hazard, Plan, Refusal, Step
from drift.report.finding import Finding

_DIFFERENT = "the migrations make it differently; write the revision by hand: it {}"
_KINDS = {kind.name: kind for kind in KINDS}


def is_unmigrated(finding: Finding) -> bool:
    """Return whether a finding is about an object that no migration makes."""
    return finding.rule == UNMIGRATED.id


def with_unmigrated(
    made: Made, findings: Sequence[Finding], answers: Mapping[str, str]
) -> tuple[Made, Plan]:
    """Return the plan with notes about such findings, and the plan that creates their objects."""
    changes = list(_changes(made, [each for each in findings if _is_missing(each)]))
    plan = _plan(made, changes, answers)
    titles = {finding.fingerprint: finding.object.path for finding in findings}
    refusals = [*plan.refusals, *_undecided(plan, titles), *_without(changes, findings)]
    note = _note(plan, titles)
    whole = msgspec.structs.replace(
        made.plan,
        refusals=(*made.plan.refusals, *refusals),
        titles={**made.plan.titles, **titles},
        notes=(*made.plan.notes, *note),
    )
    return msgspec.structs.replace(made, plan=whole), plan


def _is_missing(finding: Finding) -> bool:
    """Return whether the migrations make no such object, instead of one that differs."""
    return finding.expected is not None and finding.actual is None


def _changes(made: Made, findings: Iterable[Finding]) -> Iterator[Change]:
    """Yield the objects to create: the live ones, by their names in the models."""
    by_declared = _by_declared(made.examined.compared.variants[0].comparison.matches)
    live = _by_ref(made.live)
    for finding in findings:
        item = by_declared.get(finding.object) or live.get(finding.object)
        if item is not None:
            yield Change(kind=finding.object.kind, wanted=item, findings=(finding.fingerprint,))


def _by_declared(matches: Iterable[Match]) -> dict[ObjectRef, Any]:
    pairs = (match for match in matches if match.declared is not None and match.live is not None)
    return {_KINDS[match.kind].ref(match.declared): match.live for match in pairs}


def _by_ref(schema: Schema) -> dict[ObjectRef, Any]:
    return {
        _KINDS[kind].ref(item): item for kind, items in schema.objects.items() for item in items
    }


def _plan(made: Made, changes: Sequence[Change], answers: Mapping[str, str]) -> Plan:
    """Return the plan from a database without the objects to the live one.

    It takes the short ways: the tables are empty where the migrations have just made them. It has
    no downgrade: a database that had the objects before would lose them.
    """
    sides = Sides(
        msgspec.structs.replace(made.live, complete=True),
        _without_objects(made.live, [change.wanted for change in changes]),
        made.surroundings,
        made.plan.server_version,
    )
    options = Options(window=True, allow=frozenset(Hazard), decisions=answers)
    plan = make_plan(made.plan.target, Grouped(changes=tuple(changes)), sides, options)
    return msgspec.structs.replace(
        plan, downgrade=(), irreversible=(), fingerprint=made.plan.fingerprint, guarded=True
    )


def _without_objects(live: Schema, items: Sequence[Any]) -> Schema:
    """Return the live schema without objects, and without the parts of tables among them."""
    gone = {id(item) for item in items}
    tables = {(item.schema, str(item.name)) for item in items if type(item).__name__ == "Table"}
    objects = {
        kind: tuple(
            item
            for item in of_kind
            if id(item) not in gone and (item.schema, item.table) not in tables
        )
        for kind, of_kind in live.objects.items()
    }
    return msgspec.structs.replace(live, objects=objects)


def _undecided(plan: Plan, titles: Mapping[str, str]) -> Iterator[Refusal]:
    """Yield the findings whose steps are not written, with the question for a person."""
    for step in plan.steps:
        if not step.runs:
            for finding in step.findings:
                yield Refusal(finding=finding, path=titles[finding], reason=_reason(step))


def _reason(step: Step) -> str:
    if step.decision is None:
        return words.state(step)
    options = "; or ".join(f"{each.option} {each.effect}" for each in step.decision.choices)
    return f"{step.decision.question} {options}"


def _without(changes: Iterable[Change], findings: Iterable[Finding]) -> Iterator[Refusal]:
    """Yield the findings about objects that the migrations make in another way."""
    planned = {fingerprint for change in changes for fingerprint in change.findings}
    for finding in findings:
        if finding.fingerprint not in planned:
            yield refused(finding, _DIFFERENT.format(finding.detail))


def _note(plan: Plan, titles: Mapping[str, str]) -> Iterator[str]:
    paths = dict.fromkeys(titles[each] for step in plan.running for each in step.findings)
    if paths:
        yield (
            "a separate revision creates objects that no migration creates, if they are missing: "
            + ", ".join(paths)
        )
