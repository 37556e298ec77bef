"""Makes the plan of a target: the check first, then the steps that close its findings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from drift.check.histories import Histories
from drift.check.session import timeouts_of
from drift.check.target import Examined, examine
from drift.config import Target
from drift.plan.changes import grouped
from drift.plan.context import Options
from drift.plan.planner import Sides
from drift.plan.planner import plan as make_plan
from drift.plan.step import Plan
from drift.plan.surroundings import Surroundings
from drift.report.finding import Finding
from drift.sources.interface import Note

if TYPE_CHECKING:
    from drift.sources.interface import Expected


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and the check that it was made from."""

    plan: Plan
    examined: Examined
    findings: tuple[Finding, ...]


def planned(  # noqa: PLR0913 — those of a check, and the options
    target: Target,
    options: Options,
    *,
    note: Note,
    environment: Mapping[str, str] = os.environ,
    expected: Expected | None = None,
    histories: Histories | None = None,
) -> Made:
    """Check a target, and return the plan that closes its findings. Raises DriftError."""
    examined = examine(
        target, note=note, environment=environment, expected=expected, histories=histories
    )
    return made(target, examined, examined.report.findings, options)


def surroundings_of(target: Target, examined: Examined) -> Surroundings:
    """Read sizes, views and users of types in the schemas that were compared."""
    from drift.sources.database.connection import connect
    from drift.sources.database.surroundings import read

    timeouts = timeouts_of(target)
    live = examined.compared.variants[0].live
    schemas = {item.schema for items in live.objects.values() for item in items}
    with connect(examined.address, timeouts) as connection:
        return read(connection, sorted(schemas), timeouts)


def made(target: Target, examined: Examined, findings: Iterable[Finding], options: Options) -> Made:
    """Return the plan that closes some findings of a check."""
    findings = tuple(findings)
    compared = examined.compared
    variant = compared.variants[0]
    live = variant.live
    group = grouped(findings, variant.comparison.matches, live.objects.get("column", ()))
    plan = make_plan(
        target.name,
        group,
        Sides(
            variant.declared,
            live,
            surroundings_of(target, examined),
            compared.reflection.server.version_number,
        ),
        options,
    )
    return Made(plan=plan, examined=examined, findings=findings)
