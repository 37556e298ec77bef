"""One check from start to end: read both sides, compare, judge, report."""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from drift.check import advice, clock, notes, policy, tables
from drift.check.address import address_of
from drift.check.caused import Attributed, Subject
from drift.check.env_hooks import NO_HOOKS, Hooks, hooks_of
from drift.check.expected import is_of_models, open_expected, reference_of
from drift.check.histories import Histories
from drift.check.locate import identified
from drift.check.project_migrations import State, project_migrations
from drift.check.reading import Manner
from drift.check.session import Compared, compare_with_database, own_differences
from drift.check.sql_objects import OPTIONAL
from drift.check.tenants import Tenancy
from drift.config import IgnoreEntry, Target
from drift.errors import ModelsError
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.kinds.migration import UNMIGRATED
from drift.kinds.sides import sides_of
from drift.model import Schema
from drift.report.finding import Finding
from drift.report.remarks import is_advice, is_remark
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources.database.retry import persist
from drift.sources.database.schema_patterns import is_pattern
from drift.sources.interface import Note

if TYPE_CHECKING:
    from drift.sources.database.connection import Address
    from drift.sources.database.session import Access
    from drift.sources.interface import Expected


_OF_MIGRATIONS = frozenset(rule.id for rule in MIGRATION_RULES)


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A check with all that it was made from: both sides, and the address of the database."""

    report: Check
    expected: Expected
    compared: Compared
    address: Address


def check(
    target: Target,
    *,
    note: Note,
    environment: Mapping[str, str] = os.environ,
    expected: Expected | None = None,
    histories: Histories | None = None,
) -> Check:
    """Compare a target's expected side, opened unless it is given, with its database.

    `note` takes sentences about the progress, `histories` has the scratch server. Raises DriftError
    if the check cannot be made.
    """
    return examine(
        target, note=note, environment=environment, expected=expected, histories=histories
    ).report


def examine(
    target: Target,
    *,
    note: Note,
    environment: Mapping[str, str] = os.environ,
    expected: Expected | None = None,
    histories: Histories | None = None,
) -> Examined:
    """Make a check as `check` does, and keep both sides. Raises DriftError."""
    began, histories = clock.start(), histories or Histories(Scratch())
    early = histories.begun(target, note) if target.causes and expected is None else nullcontext()
    with early:
        examined = _examined(target, note, environment, expected, histories)
    report = replace(examined.report, started_at=began.at, duration=began.seconds())
    return replace(examined, report=report)


def _examined(
    target: Target,
    note: Note,
    environment: Mapping[str, str],
    expected: Expected | None,
    histories: Histories,
) -> Examined:
    if is_of_models(target) and not (target.models or target.path or expected):
        # raises: missing models are reported before a missing database
        open_expected(target, note, histories.scratch)
    address = address_of(target, environment)
    expected = (expected or open_expected(target, note, histories.scratch)).of(target.bind)
    _require_objects(target, expected)
    hooks = hooks_of(target, histories.scratch, note)
    migrations = project_migrations(target)
    manner = Manner(
        migrations=migrations,
        details=bool(advice.wanted(target)),
        everywhere=hooks.include_schemas and not target.schemas,
        comparisons=histories.comparisons,
    )
    note(f"{target.name}: reading the database")
    result = persist(
        lambda left: compare_with_database(target, expected, address, left, manner),
        target.connect_timeout,
        lambda text: note(f"{target.name}: {text}"),
    )
    state = State()
    if migrations:
        from drift.check.migrations import live_side, state_of

        state = state_of(migrations, live_side(result, list(filter(is_pattern, target.schemas))))
    findings = [*differences(target, expected, result), *state.findings]
    caused = Attributed(findings=tuple(findings))
    if target.causes:
        from drift.check.attribution import attributed

        subject = Subject(
            target=target,
            expected=expected,
            compared=result,
            project=migrations,
            state=state,
            note=note,
        )
        caused = attributed(subject, findings, histories)
    advised, advice_notes = advice.advice(target, expected, result)
    own_notes = (
        *notes.binds(target, expected),
        *notes.dropped(address.dropped),
        *state.notes,
        *caused.notes,
        *advice_notes,
    )
    report = judged(
        target,
        expected,
        result,
        (*caused.findings, *advised),
        own_notes,
        unseen=[UNMIGRATED.id] if migrations and not caused.is_known else [],
        ignore=advice.usable_entries(target),
        hooks=hooks,
        access=address,
    )
    compared = dict(report.compared) | ({"migrations": state.compared} if state.compared else {})
    report = replace(
        report,
        compared=compared,
        cause_summary=caused.summary([f for f in report.findings if not is_advice(f)]),
        complete=report.complete and caused.complete,
        has_causes=caused.is_known,
    )
    return Examined(report=report, expected=expected, compared=result, address=address)


def _require_objects(target: Target, expected: Expected) -> None:
    """Raise ModelsError for an expected side that would make any database look in sync."""
    if not is_of_models(target) and not expected.tables and not expected.schemas:
        named = f"{expected.source} {expected.name}".strip()
        raise ModelsError(f"{target.name}: {named} holds no tables: nothing would be compared")


def differences(target: Target, expected: Expected, result: Compared) -> list[Finding]:
    """Return the findings, without those about tables that belong to another bind."""
    tenancy = _tenancy(target, result)
    findings = tenancy.findings() if tenancy.total else None
    return own_differences(expected, result, findings)


def _tenancy(target: Target, result: Compared) -> Tenancy:
    return Tenancy(result.variants, list(filter(is_pattern, target.schemas)))


def judged(  # noqa: PLR0913 — what a report is made of
    target: Target,
    expected: Expected,
    result: Compared,
    findings: Iterable[Finding],
    own_notes: Iterable[str],
    *,
    unseen: Collection[str] = _OF_MIGRATIONS,
    ignore: Sequence[IgnoreEntry] | None = None,
    hooks: Hooks = NO_HOOKS,
    access: Access | None = None,
) -> Check:
    """Apply the target's policy to the findings of a comparison, and return its report.

    Findings of the `unseen` rules were not looked for. `ignore` are the entries to apply; without
    them, those that are not about advice. `hooks` exclude findings, and read by `access`.
    """
    outcome = policy.apply(
        identified(
            tables.in_tables(findings, target.tables), target.name, expected, _default(result)
        ),
        ignore=advice.usable_entries(replace(target, advice=())) if ignore is None else ignore,
        severity=target.severity,
        today=datetime.date.today(),
        unseen=unseen,
    )
    outcome = hooks.applied(outcome, result.variants, access)
    outcome = tables.without_unused(outcome) if target.tables else outcome
    report = _report(target, result, _tenancy(target, result), outcome, own_notes)
    if target.tables:
        report = tables.restricted(report, target.tables, result.variants[0].declared)
    return replace(report, hint=hint_of(target) if report.findings else "")


def hint_of(target: Target) -> str:
    """Return the project's own hint, or the command that renews the expected snapshot."""
    reference = reference_of(target)
    if target.hint or reference.source != "snapshot":
        return target.hint
    import shlex

    return f"drift snapshot -o {shlex.quote(reference.value)} renews the snapshot"


def _default(result: Compared) -> str:
    return result.variants[0].declared.default_schema


def _report(
    target: Target,
    result: Compared,
    tenancy: Tenancy,
    outcome: policy.Outcome,
    own_notes: Iterable[str],
) -> Check:
    from drift.compare.table_diff import draw

    reflection, first = result.reflection, result.variants[0]
    kept = tuple(finding for finding in outcome.kept if not is_remark(finding))
    accepted = [each.finding for each in outcome.ignored if not is_remark(each.finding)]
    unread = notes.unread(result)
    return Check(
        target=target.name,
        configured=target.configured,
        plan_options=target.plan_options,
        expected_source=first.declared.source,
        expected_name=first.declared.name,
        database=reflection.database,
        findings=tenancy.with_schemas_named(kept),
        remarks=tenancy.with_schemas_named(filter(is_remark, outcome.kept)),
        ignored=outcome.ignored,
        unused_ignores=outcome.unused,
        compared=counted(first.declared, tenancy.total),
        tables=tenancy.tables() or table_names(first.declared),
        not_compared=notes.not_compared(first.declared, reflection),
        notes=(
            *tenancy.notes(kept, accepted),
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
    """Count the compared objects of each kind."""
    schemas = {"schemas": tenants} if tenants else {}
    tables = {kind: len(declared.objects[kind[:-1]]) for kind in ("tables", "columns")}
    more = {kind: len(declared.objects.get(kind, ())) for kind in sorted(OPTIONAL)}
    named = {_plural(kind): count for kind, count in more.items() if count}
    return schemas | tables | named


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def table_names(declared: Schema) -> tuple[str, ...]:
    return tuple(f"{table.schema}.{table.name}" for table in declared.objects["table"])
