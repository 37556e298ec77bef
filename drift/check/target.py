"""One check from start to end: read both sides, compare, judge, report."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from drift.check import clock, notes, policy
from drift.check.address import address_of
from drift.check.expected import is_of_models, open_expected
from drift.check.locate import identified
from drift.check.migrations import Live, State, project_migrations, state_of
from drift.check.session import Compared, Manner, compare_with_database
from drift.check.tenants import Tenancy
from drift.compare.table_diff import draw
from drift.config import Target
from drift.kinds.sides import sides_of
from drift.model import Schema
from drift.report.finding import Finding
from drift.report.remarks import is_remark
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources.database.retry import persist
from drift.sources.database.schema_patterns import is_pattern, pattern_of
from drift.sources.interface import Note

if TYPE_CHECKING:
    from drift.sources.interface import Expected


def check(
    target: Target,
    *,
    note: Note,
    scratch: Scratch | None = None,
    environment: Mapping[str, str] = os.environ,
    expected: Expected | None = None,
) -> Check:
    """Compare a target's expected side, opened unless it is given, with its database.

    `note` takes sentences about the progress. Raises DriftError if the check cannot be made.
    """
    began, scratch = clock.start(), scratch or Scratch()
    if is_of_models(target) and not (target.models or target.path or expected):
        # raises: missing models are reported before a missing database
        open_expected(target, note, scratch)
    address = address_of(target, environment)
    expected = (expected or open_expected(target, note, scratch)).of(target.bind)
    migrations = project_migrations(target)
    manner = Manner(migrations=migrations)
    note(f"{target.name}: reading the database")
    result = persist(
        lambda left: compare_with_database(target, expected, address, left, manner),
        target.connect_timeout,
        lambda text: note(f"{target.name}: {text}"),
    )
    patterns = list(filter(is_pattern, target.schemas))
    state = state_of(migrations, _live(result, patterns)) if migrations else State()
    own_notes = (
        *notes.binds(target, expected),
        *notes.dropped(address.dropped),
        *state.notes,
    )
    report = judged(target, expected, result, own_notes, state.findings)
    compared = dict(report.compared) | ({"migrations": state.compared} if state.compared else {})
    return replace(report, started_at=began.at, duration=began.seconds(), compared=compared)


def judged(
    target: Target,
    expected: Expected,
    result: Compared,
    own_notes: Iterable[str],
    more: Iterable[Finding] = (),
) -> Check:
    """Apply the target's policy to a comparison and to more findings, and return its report."""
    tenancy = Tenancy(result.variants, list(filter(is_pattern, target.schemas)))
    findings = [*_findings(result, tenancy, expected), *more]
    outcome = policy.apply(
        identified(findings, target.name, expected, _default(result)),
        ignore=target.ignore,
        severity=target.severity,
        today=datetime.date.today(),
    )
    return _report(target.name, result, tenancy, outcome, own_notes)


def _live(result: Compared, patterns: Sequence[str]) -> Live:
    """Return what the database says about migrations."""
    reflection, first = result.reflection, result.variants[0]
    live = {(table.schema, table.name) for table in first.live.objects["table"]}
    declared = {(table.schema, table.name) for table in first.declared.objects["table"]}
    path = (reflection.schema.default_schema, *reflection.schema.search_path, "public")
    return Live(
        rows=reflection.revisions,
        path=tuple(dict.fromkeys(path)),
        tables={name for _, name in live & declared},
        tenants={
            schema: pattern_of(schema, patterns) or ""
            for variant in result.variants
            for schema in variant.tenants
        },
        role=reflection.server.role,
    )


def _default(result: Compared) -> str:
    return result.variants[0].declared.default_schema


def _findings(result: Compared, tenancy: Tenancy, expected: Expected) -> list[Finding]:
    """Return the findings, without those about tables that belong to another bind."""
    first = result.variants[0]
    findings: Iterable[Finding] = tenancy.findings() if tenancy.total else first.comparison.findings
    version = result.reflection.server.version_number
    elsewhere = expected.declared_elsewhere(first.declared.default_schema, version)
    return [f for f in findings if f.expected is not None or f.object not in elsewhere]


def _report(
    name: str,
    result: Compared,
    tenancy: Tenancy,
    outcome: policy.Outcome,
    own_notes: Iterable[str],
) -> Check:
    reflection, first = result.reflection, result.variants[0]
    kept = tuple(finding for finding in outcome.kept if not is_remark(finding))
    unread = notes.unread(result)
    return Check(
        target=name,
        expected_source=first.declared.source,
        expected_name=first.declared.name,
        database=reflection.database,
        findings=tenancy.with_schemas_named(kept),
        remarks=tenancy.with_schemas_named(filter(is_remark, outcome.kept)),
        ignored=outcome.ignored,
        compared=counted(first.declared, tenancy.total),
        tables=tenancy.tables() or table_names(first.declared),
        not_compared=notes.not_compared(first.declared, reflection.schema),
        notes=(
            *tenancy.notes(kept),
            *outcome.notes,
            *first.declared.notes,
            *own_notes,
            *notes.privileges(reflection.server),
            *unread,
        ),
        drawings=tenancy.drawings(kept)
        or draw(kept, first.comparison.matches, first.declared, first.live),
        complete=not unread,
        sides=sides_of(first.declared, first.live),
    )


def counted(declared: Schema, tenants: int) -> dict[str, int]:
    """Count what was compared."""
    schemas = {"schemas": tenants} if tenants else {}
    return schemas | {kind: len(declared.objects[kind[:-1]]) for kind in ("tables", "columns")}


def table_names(declared: Schema) -> tuple[str, ...]:
    return tuple(f"{table.schema}.{table.name}" for table in declared.objects["table"])
