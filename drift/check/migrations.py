"""The state of the migrations: the rows of the version table, compared with the project's scripts.

It comes with every check: the scripts are only read, and the rows come with the catalog statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from drift.check import migration_findings as findings
from drift.check import migration_notes as notes
from drift.check.project_migrations import ProjectMigrations, State
from drift.report.finding import Finding
from drift.sources.database.schema_patterns import pattern_of

if TYPE_CHECKING:
    from drift.check.session import Compared
    from drift.sources.database.version_rows import VersionRows


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The side of the database.

    `rows` are all its version tables, `path` are the schemas in which a table without one is looked
    for, `tables` the names of the compared tables that exist, `tenants` the schema of each tenant
    with its pattern.
    """

    rows: Sequence[VersionRows]
    path: Sequence[str]
    tables: Collection[str]
    tenants: Mapping[str, str] = {}
    role: str


def live_side(result: Compared, patterns: Sequence[str]) -> Live:
    """Return the facts about migrations of a database that was compared."""
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


def state_of(project: ProjectMigrations, live: Live) -> State:
    """Compare the scripts with the version tables."""
    tables = _own_tables(project, live)
    if not project.graph.scripts:
        own = tuple(notes.without_scripts(project))
        return State(notes=own if tables else (), obstacle="; ".join(own))
    tenants = [row for row in tables if row.schema in live.tenants]
    if tenants:
        return _of_tenants(project, live, tenants)
    if len(tables) > 1:
        return _unknown(notes.several_tables(tables))
    if not tables:
        return _without_table(project, live)
    return _of_table(project, live, tables[0])


def _unknown(reason: str) -> State:
    return State(notes=(reason,), obstacle=reason)


def _own_tables(project: ProjectMigrations, live: Live) -> list[VersionRows]:
    """Return the version tables of this project: other applications may have one, too.

    Those of tenants come first, then the schema that env.py names, then the search path. Several in
    other schemas cannot be distinguished.
    """
    table = project.environment.table
    named = [row for row in live.rows if row.name in table.names]
    if table.open:
        named = [row for row in live.rows if _is_known(project, row)] or list(live.rows)
    for schemas in (live.tenants, table.schemas, *((schema,) for schema in live.path)):
        if inside := [row for row in named if row.schema in schemas]:
            return inside
    return named


def _without_table(project: ProjectMigrations, live: Live) -> State:
    """Report that there is no version table, if the scripts are those of the compared tables."""
    if not project.touched & set(live.tables):
        return State()
    if project.environment.table.open:
        return _unknown(notes.OPEN)
    finding = findings.missing_table(project, live.path[0])
    return State(findings=(finding,), notes=tuple(notes.about(project)))


def _of_table(project: ProjectMigrations, live: Live, row: VersionRows) -> State:
    """Compare one version table."""
    own = tuple(notes.about(project))
    if reason := notes.unreadable(row, live.role):
        own_tables = project.touched & set(live.tables)
        heads = tuple(findings.heads(project, row)) if own_tables else ()
        return State(findings=heads, notes=(*own, reason), obstacle=reason)
    if not _belongs(project, live, (row,)):
        return _unknown(notes.foreign(project, row))
    return State(
        row=row,
        findings=(*findings.of_rows(project, row), *findings.heads(project, row)),
        notes=own,
        compared=len(project.graph.scripts),
    )


def _belongs(project: ProjectMigrations, live: Live, rows: Iterable[VersionRows]) -> bool:
    """Return whether the scripts are those of this database, and not of another one.

    A version table then has one of their revisions. Or it is the table that env.py names, and they
    create or change a compared table.
    """
    if any(_is_known(project, row) for row in rows):
        return True
    return not project.environment.table.open and bool(project.touched & set(live.tables))


def _is_known(project: ProjectMigrations, row: VersionRows) -> bool:
    return any(project.graph.resolve(name) is not None for name in row.revisions)


def _of_tenants(project: ProjectMigrations, live: Live, rows: Sequence[VersionRows]) -> State:
    """Compare the version tables of tenants; equal findings are one, with all their schemas."""
    if not _belongs(project, live, rows):
        return State(notes=(notes.foreign(project, rows[0]),))
    reasons = [(row, notes.unreadable(row, live.role)) for row in rows]
    readable = [row for row, reason in reasons if not reason]
    having = {row.schema for row in rows}
    merged = _merged(
        (schema, finding)
        for schema, about in (
            *((row.schema, findings.of_rows(project, row)) for row in readable),
            *((row.schema, findings.heads(project, row)) for row in rows),
            *(
                (schema, [findings.missing_table(project, schema)])
                for schema in live.tenants
                if schema not in having and not project.environment.table.open
            ),
        )
        for finding in about
    )
    return State(
        findings=tuple(_in_pattern(finding, schemas, live) for finding, schemas in merged),
        notes=(*notes.about(project), *notes.merged(reason for _, reason in reasons)),
        compared=len(project.graph.scripts) if readable else 0,
    )


def _merged(
    schema_findings: Iterable[tuple[str, Finding]],
) -> Iterator[tuple[Finding, list[str]]]:
    """Yield each rule and revision once, with all schemas."""
    groups: dict[tuple[str, str], tuple[Finding, list[str]]] = {}
    for schema, finding in schema_findings:
        key = finding.rule, finding.object.name
        groups.setdefault(key, (finding, []))[1].append(schema)
    yield from groups.values()


def _in_pattern(finding: Finding, schemas: Collection[str], live: Live) -> Finding:
    pattern = live.tenants[finding.object.schema]
    ref = msgspec.structs.replace(finding.object, schema=pattern)
    return msgspec.structs.replace(finding, object=ref, schemas=tuple(sorted(schemas)))
