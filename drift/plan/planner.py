"""Makes a plan: the steps of all changes, in an order that works, and the steps back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from drift.kinds import KINDS
from drift.kinds.index.index import Index
from drift.model import Schema
from drift.plan.after import after
from drift.plan.changes import Grouped, refused
from drift.plan.context import Context, Options
from drift.plan.ordering import ordered
from drift.plan.planned import Planned, online, path, planned, waiting
from drift.plan.recipe import Change
from drift.plan.recipes.columns import key_of
from drift.plan.recipes.conversion import CONVERT
from drift.plan.recipes.domains import checks_of
from drift.plan.recipes.enums import NONE
from drift.plan.recipes.grouping import groups
from drift.plan.released import is_superseded, released
from drift.plan.step import Hazard, Phase, Plan, Refusal, Step
from drift.plan.surroundings import Surroundings
from drift.report.finding import Finding

_OPTIONAL = frozenset(kind.name for kind in KINDS if kind.is_optional)


class Sides(NamedTuple):
    """The expected and the live schema, and the database around the live one."""

    wanted: Schema
    present: Schema
    surroundings: Surroundings
    server_version: int


def plan(target: str, group: Grouped, sides: Sides, options: Options) -> Plan:
    """Return the plan of one target, with the steps back."""
    steps, all_planned = _steps(group.changes, sides, options)
    uncovered = _uncovered(group.covered, steps)
    downgrade, irreversible = _back(all_planned, sides, options)
    relations = sides.surroundings.by_name()
    tables = {each.table for each in steps if each.table}
    return Plan(
        target=target,
        steps=steps,
        refusals=(*group.refusals, *_refusals(all_planned), *uncovered),
        downgrade=downgrade,
        irreversible=irreversible,
        kept=tuple(
            finding
            for entry in all_planned
            for finding in entry.change.findings
            if entry.change.attributes and not entry.change.attributes - _STATES
        ),
        covered=_covered(group, all_planned, uncovered),
        fingerprint=fingerprint(sides.present),
        server_version=sides.server_version,
        default_schema=sides.present.default_schema,
        search_path=sides.present.search_path,
        sizes={table: relations[table].bytes for table in tables if table in relations},
    )


def _steps(
    changes: Iterable[Change], sides: Sides, options: Options
) -> tuple[tuple[Step, ...], list[Planned]]:
    """Return the steps of all changes in order."""
    context = Context(
        sides.wanted,
        sides.present,
        sides.surroundings,
        server_version=sides.server_version,
        options=options,
    )
    all_planned = waiting(list(_planned(tuple(changes), context)), context)
    gone = {id(release.item) for entry in all_planned if entry.runs for release in entry.releases}
    steps = [
        each for entry in all_planned if not is_superseded(entry, gone) for each in entry.steps
    ]
    steps += released(all_planned, context)
    return ordered(steps, context), all_planned


def _covered(
    group: Grouped, all_planned: Iterable[Planned], uncovered: Iterable[Refusal]
) -> tuple[str, ...]:
    """Return the findings that are closed without a step of their own."""
    refused_ones = {refusal.finding for refusal in uncovered}
    of_types = [finding.fingerprint for finding in group.covered]
    shown = {each for entry in all_planned for step in entry.steps for each in step.findings}
    of_changes = [
        each
        for entry in all_planned
        if entry.runs
        for each in entry.change.findings
        if each not in shown
    ]
    return tuple(each for each in (*of_types, *of_changes) if each not in refused_ones)


def _planned(changes: Sequence[Change], context: Context) -> Iterator[Planned]:
    """Yield the changes with their steps; columns that are converted online, in groups."""
    together = list(groups(changes, context))
    grouped_ones = {
        (change.present.schema, change.present.table, change.present.name)
        for members, _ in together
        for change in members
    }
    for members, group in together:
        yield from online(members, group, context)
    for change in changes:
        item = change.present
        is_grouped = change.kind == "column" and change.wanted is not None and item is not None
        if not (is_grouped and (item.schema, item.table, item.name) in grouped_ones):
            yield planned(change, context)


def _refusals(all_planned: Iterable[Planned]) -> list[Refusal]:
    return [
        Refusal(finding=finding, path=path(entry.change), reason=entry.reason)
        for entry in all_planned
        if entry.reason
        for finding in entry.change.findings
    ]


def _back(
    all_planned: Sequence[Planned], sides: Sides, options: Options
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return the steps back: the same recipes, from the schema that the plan leaves.

    Dropped objects are created again without their rows, and added objects are dropped.
    """
    done = [
        entry.change
        for entry in all_planned
        if entry.runs and not entry.is_cleanup and (entry.steps or entry.releases or entry.together)
    ]
    reached, made = after(sides.present, sides.wanted, done)
    reached = _with_old_columns(reached, all_planned)
    changes = [
        msgspec.structs.replace(
            change, kind=_kind(change), wanted=change.present, present=made.get(id(change))
        )
        for change in reversed(done)
        if not change.attributes or change.attributes - _STATES
    ]
    back = Options(
        small=options.small,
        window=options.window,
        allow=frozenset(Hazard),
        decisions=_decisions(changes, options.decisions),
    )
    sides_back = Sides(
        wanted=msgspec.structs.replace(sides.present, complete=True),
        present=reached,
        surroundings=_with_checks(sides.surroundings, done),
        server_version=sides.server_version,
    )
    steps, planned_back = _steps(changes, sides_back, back)
    reasons = [f"{path(entry.change)}: {entry.reason}" for entry in planned_back if entry.reason]
    reasons += [each.decision.question for each in steps if each.decision]
    return steps, tuple(dict.fromkeys(reasons))


def _with_old_columns(reached: Schema, all_planned: Iterable[Planned]) -> Schema:
    """Return the schema with the old columns of conversions that the plan may not drop."""
    old = [
        operation.item
        for entry in all_planned
        if entry.is_cleanup
        for each in entry.steps
        if not each.runs
        for operation in each.operations
    ]
    columns = (*reached.objects.get("column", ()), *old)
    return msgspec.structs.replace(reached, objects={**reached.objects, "column": columns})


def _kind(change: Change) -> str:
    """Return the kind of the live object: it may be an index instead of a constraint."""
    if change.present is None or change.kind not in {"unique", "index"}:
        return change.kind
    return "index" if isinstance(change.present, Index) else "unique"


def _with_checks(surroundings: Surroundings, done: Iterable[Change]) -> Surroundings:
    """Return the surroundings with the names that the checks of domains have then."""
    checks = list(surroundings.domain_checks)
    for change in done:
        if change.kind == "domain" and change.wanted is not None:
            live = [
                each
                for each in checks
                if (each.schema, each.domain) == (change.wanted.schema, change.wanted.name)
            ]
            kept, new = checks_of(change.wanted, live)
            checks = [each for each in checks if each not in live] + kept + new
    return msgspec.structs.replace(surroundings, domain_checks=tuple(checks))


_STATES = frozenset({"validated", "valid", "active"})
"""States that the steps back do not restore, such as a constraint that is NOT VALID."""


def _decisions(changes: Iterable[Change], given: Mapping[str, str]) -> dict[str, str]:
    """Return the answers for the way back: it stops if a value does not fit.

    A label that took the place of another one gives it back.
    """
    answers: dict[str, str] = {}
    for change in changes:
        wanted, present = change.wanted, change.present
        if wanted is None or present is None:
            continue
        if change.kind == "column":
            answers[key_of(present)] = CONVERT
        elif change.kind == "enum":
            key = f"{present.schema}.{present.name}."
            before = {given.get(key + label, ""): label for label in wanted.labels}
            gone = set(present.labels) - set(wanted.labels)
            answers |= {key + label: before.get(label, NONE) for label in gone}
    return answers


def fingerprint(schema: Schema) -> str:
    """Return 16 hexadecimal digits that change with any object that a plan can change."""
    objects = {
        kind: sorted(map(repr, items))
        for kind, items in sorted(schema.objects.items())
        if kind not in _OPTIONAL
    }
    return hashlib.sha256(msgspec.json.encode(objects)).hexdigest()[:16]


def _uncovered(findings: Iterable[Finding], steps: Sequence[Step]) -> list[Refusal]:
    """Return the foreign keys with types that do not fit, unless a step changes their columns."""
    converted = {each.table for each in steps if each.phase is Phase.CONVERT}
    refusals = []
    for finding in findings:
        ref = finding.object
        target = (finding.expected or {}).get("target")
        ends = {f"{schema}.{table}" for schema, table in filter(None, converted)}
        if not ends & {f"{ref.schema}.{ref.table}", target}:
            reason = "the models give the two ends types that PostgreSQL does not compare"
            refusals.append(refused(finding, reason))
    return refusals
