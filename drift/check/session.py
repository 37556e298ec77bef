"""The part of a check for which a connection is open: read both sides, compare, ask the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from drift.check.reading import CHECK, Manner, read_both_sides, scope_of, timeouts_of
from drift.check.sql_objects import with_created
from drift.config import Target
from drift.errors import DatabaseError
from drift.kinds.system import is_system
from drift.model import Schema
from drift.report.finding import Finding

if TYPE_CHECKING:
    from drift.compare.comparator import Comparison
    from drift.sources.database.connection import Timeouts
    from drift.sources.database.reflection import Reflection
    from drift.sources.database.session import Access, Session
    from drift.sources.interface import Expected


class SchemaVariant(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison; `tenants` are the schemas for which it holds, if a pattern named them."""

    declared: Schema
    live: Schema
    comparison: Comparison
    tenants: tuple[str, ...] = ()


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The live side, and the comparisons: one, or one per group of equal tenants."""

    reflection: Reflection
    variants: tuple[SchemaVariant, ...]


_READINGS = 3
"""The number of readings before objects that keep changing are left out."""


def compare_with_database(
    target: Target,
    expected: Expected,
    access: Access,
    connect_seconds: float,
    manner: Manner = CHECK,
) -> Compared:
    """Read the database, compare, and ask it about the expressions that differ as text.

    A difference may be half of a change that another session makes. So if there is one, drift looks
    for changes since the catalog was read, and if there are any, reads it again.

    Raises DatabaseError.
    """
    from drift.sources.database.concurrent_changes import changed_since
    from drift.sources.database.reflection import require_schemas
    from drift.sources.database.session import opened

    scope = scope_of(target, expected, manner)
    timeouts = timeouts_of(target)._replace(connect=connect_seconds)
    with opened(access, timeouts) as session:
        for _ in range(_READINGS):
            reflection = read_both_sides(session, target, expected, scope, manner)
            if manner.needs_tables:
                require_schemas(target.schemas, reflection)
            variants = tuple(_compare_variants(session, target, expected, reflection, manner))
            changed: frozenset[str] = frozenset()
            # the server groups tenants first: a change before it reads them can hide a difference
            if reflection.tenants or any(variant.comparison.findings for variant in variants):
                with _usable(session, access, timeouts) as usable:
                    examples = tuple(group.example for group in reflection.tenants)
                    changed = changed_since(
                        reflection.server.versions,
                        usable,
                        replace(scope, examples=examples),
                        timeouts,
                        begins=usable is not session,
                    )
            if session.closed:
                break
            session.rollback()
            if not changed:
                break
    return _without_changing(Compared(reflection=reflection, variants=variants), changed)


def own_differences(
    expected: Expected, compared: Compared, findings: Iterable[Finding] | None = None
) -> list[Finding]:
    """Return the findings of a comparison, without those about objects of another bind."""
    first, version = compared.variants[0], compared.reflection.server.version_number
    elsewhere = expected.declared_elsewhere(first.declared.default_schema, version)
    all_findings = first.comparison.findings if findings is None else findings
    return [f for f in all_findings if f.expected is not None or f.object not in elsewhere]


def _compare_variants(
    session: Session,
    target: Target,
    expected: Expected,
    reflection: Reflection,
    manner: Manner,
) -> Iterator[SchemaVariant]:
    """Yield the comparisons, that of most tenants first."""
    from drift.check.questions import compared
    from drift.sources.database.schema_patterns import is_pattern

    version, live = reflection.server.version_number, reflection.schema
    managed = [schema for schema in target.schemas if not is_pattern(schema)]
    if manner.everywhere:
        managed += sorted({table.schema for table in live.objects["table"]})
    if not reflection.tenants:
        declared, live = manner.named(expected.declare(live.default_schema, version, managed), live)
        if manner.needs_tables:
            _require_tables(target, declared, reflection)
        declared, created = with_created(expected, target, declared, live, reflection.server)
        sides = session, target, reflection.server, declared, live
        if manner.comparisons and created is None:
            live, comparison = manner.comparisons.compared(*sides)
        else:
            comparison = compared(*sides, created)
        yield SchemaVariant(declared=declared, live=live, comparison=comparison)
        return
    examples = {group.example for group in reflection.tenants}
    for group in sorted(reflection.tenants, key=lambda g: (-len(g.schemas), g.example)):
        declared, tenant = manner.named(
            expected.declare(group.example, version, (*managed, group.example)),
            _as_seen_by(group.example, live, examples),
        )
        declared, created = with_created(expected, target, declared, tenant, reflection.server)
        comparison = compared(session, target, reflection.server, declared, tenant, created)
        yield SchemaVariant(
            declared=declared, live=tenant, comparison=comparison, tenants=group.schemas
        )


def _as_seen_by(tenant: str, live: Schema, tenants: Collection[str]) -> Schema:
    """Return the live side as one tenant sees it: its own schema, and those that all share."""
    objects = {
        kind: tuple(item for item in items if item.schema == tenant or item.schema not in tenants)
        for kind, items in live.objects.items()
    }
    return replace(live, default_schema=tenant, objects=objects)


def _require_tables(target: Target, declared: Schema, reflection: Reflection) -> None:
    """Raise DatabaseError if no declared table exists: that is not drift, but another database.

    A single missing table may well be drift.
    """
    wanted = {
        (table.schema, table.name)
        for table in declared.objects["table"]
        if not is_system(table.schema)
    }
    existing = {(table.schema, table.name) for table in reflection.schema.objects["table"]}
    if wanted & existing or (len(wanted) < 2 and target.bind is None):
        return
    schemas = ", ".join(sorted({schema for schema, _ in wanted}))
    raise DatabaseError(
        f'none of the {len(wanted)} declared tables exists in database "{reflection.database.name}"'
        f" (schema {schemas}; {len(existing)} other tables): is this the right database, and were "
        "its migrations ever run?"
    )


@contextmanager
def _usable(session: Session, access: Access, timeouts: Timeouts) -> Iterator[Session]:
    """Yield the session; another one if it was closed because its answers were too large."""
    from drift.sources.database.session import opened

    if not session.closed:
        yield session
        return
    with opened(access, timeouts) as other:
        yield other


def _without_changing(compared: Compared, changed: Collection[str]) -> Compared:
    """Leave out findings about objects that keep changing, and remember the names of these."""
    from drift.sources.database.concurrent_changes import without_changing

    if not changed:
        return compared
    names: set[str] = set()
    variants = []
    for variant in compared.variants:
        findings, doubtful = without_changing(variant.comparison.findings, changed)
        names |= doubtful
        comparison = replace(variant.comparison, findings=findings)
        variants.append(replace(variant, comparison=comparison))
    reflection = replace(compared.reflection, changed=tuple(sorted(names)))
    return Compared(reflection=reflection, variants=tuple(variants))
