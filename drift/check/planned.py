"""Makes the plan of a target: the check first, then the steps that close its findings."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from drift.check.reading import timeouts_of
from drift.check.session import SchemaVariant
from drift.check.target import Examined
from drift.config import Target
from drift.errors import UsageError
from drift.kinds import KINDS
from drift.model import Schema
from drift.plan.changes import grouped, refused
from drift.plan.context import Options
from drift.plan.planner import Sides
from drift.plan.planner import plan as make_plan
from drift.plan.step import Plan, Refusal, Step
from drift.plan.surroundings import Surroundings
from drift.report.causes import BY_HAND, PENDING
from drift.report.finding import Finding
from drift.report.fix import planner
from drift.sources.database.schema_patterns import is_pattern
from drift.sources.interface import Expected


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and the check that it was made from; `live` also has the parts of extra tables."""

    plan: Plan
    examined: Examined
    live: Schema
    surroundings: Surroundings
    findings: tuple[Finding, ...]

    @property
    def declared(self) -> Schema:
        """The expected schema."""
        return self.examined.compared.variants[0].declared


def planned(
    target: Target, examined: Examined, findings: Iterable[Finding], options: Options
) -> Made:
    """Return the plan that closes some findings of a check. Raises DriftError."""
    findings = tuple(findings)
    compared = examined.compared
    variant = compared.variants[0]
    if len(compared.variants) != 1 or variant.tenants:
        raise UsageError(_needs_a_name(target, compared.variants))
    live, surroundings = around(target, examined)
    waiting = tuple(finding for finding in findings if finding.cause == PENDING)
    namesakes = _namesakes(examined.expected, findings)
    differing = [
        finding
        for finding in findings
        if finding.cause != PENDING and finding.fingerprint not in namesakes
    ]
    group = grouped(differing, variant.comparison.matches, live.objects.get("column", ()))
    sides = Sides(variant.declared, live, surroundings, compared.reflection.server.version_number)
    command = planner(examined.report).whole()
    plan = make_plan(target.name, group, sides, options)
    plan = msgspec.structs.replace(
        plan,
        refusals=(*plan.refusals, *map(_pending, waiting), *namesakes.values()),
        titles={finding.fingerprint: finding.object.path for finding in findings},
        steps=tuple(_with_choice(step, differing, command) for step in plan.steps),
    )
    return Made(
        plan=plan, examined=examined, live=live, surroundings=surroundings, findings=findings
    )


def _needs_a_name(target: Target, variants: Sequence[SchemaVariant]) -> str:
    """Return the message for a target of many tenants, with one that differs as an example."""
    differing = [variant for variant in variants if variant.comparison.findings]
    examples = [name for variant in (differing or variants) for name in variant.tenants]
    patterns = ", ".join(filter(is_pattern, target.schemas))
    return (
        f"{target.name}: a plan is for one schema, and {patterns} is a pattern for many; add the "
        f"name of one of them: --schema {shlex.quote(min(examples))}"
    )


def _namesakes(expected: Expected, findings: Iterable[Finding]) -> Mapping[str, Refusal]:
    """Return the refusals to drop tables that the models may mean, by fingerprint.

    A table without a schema may be any of its name: a tenant's, or one that the search path of the
    application's role finds. To drop the wrong one would lose its rows.
    """
    declared = {name for schema, name in expected.tables if schema is None}
    return {
        finding.fingerprint: refused(
            finding,
            f"the models declare a table {finding.object.name} without a schema, which may be this "
            "one; if it is not, drop it by hand",
        )
        for finding in findings
        if finding.rule == "extra-table"
        and finding.cause != PENDING
        and finding.object.name in declared
    }


def _pending(finding: Finding) -> Refusal:
    revision = f" {finding.revision}" if finding.revision else ""
    return refused(finding, f"the pending migration{revision} closes it: alembic upgrade head")


def _with_choice(step: Step, findings: Iterable[Finding], command: str) -> Step:
    """Return the step with the other direction if it takes back a change made by hand."""
    by_hand = {finding.fingerprint for finding in findings if finding.cause == BY_HAND}
    chosen = [f"--finding {finding}" for finding in step.findings if finding in by_hand]
    if not chosen:
        return step
    remark = (
        "it was changed by hand, and this step takes that back; to keep it instead, change the "
        f"models: {command} --adopt {' '.join(chosen)}"
    )
    return msgspec.structs.replace(step, remarks=(*step.remarks, remark))


def around(target: Target, examined: Examined) -> tuple[Schema, Surroundings]:
    """Read the tables that no model declares, and sizes, views and users of types.

    A foreign key of such a table may be in the way of a step.
    """
    from drift.sources.database.connection import connect
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope
    from drift.sources.database.surroundings import read

    timeouts = timeouts_of(target)
    live = examined.compared.variants[0].live
    schemas = {item.schema for items in live.objects.values() for item in items}
    with connect(examined.address, timeouts) as connection:
        whole = reflect(connection, Scope(everywhere=True), timeouts)
        connection.execute("ROLLBACK")
        return _with_parts(live, whole.schema, schemas), read(connection, sorted(schemas), timeouts)


def _with_parts(live: Schema, whole: Schema, schemas: Collection[str]) -> Schema:
    """Return the live schema with the parts of extra tables, and foreign keys from elsewhere."""
    known = {(column.schema, column.table) for column in live.objects.get("column", ())}
    objects = dict(live.objects)
    for kind in KINDS:
        if kind.lives_in == "table":
            objects[kind.name] = (
                *live.objects.get(kind.name, ()),
                *(
                    item
                    for item in whole.objects[kind.name]
                    if (item.schema, item.table) not in known and _is_near(item, schemas)
                ),
            )
    return msgspec.structs.replace(live, objects=objects)


def _is_near(item: Any, schemas: Collection[str]) -> bool:
    return item.schema in schemas or getattr(item, "target_schema", None) in schemas
