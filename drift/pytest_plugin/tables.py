"""The table that each finding belongs to: a report in, its findings by table out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from drift.formats.escape import visible
from drift.report.finding import Finding
from drift.report.report import Check
from drift.sources.interface import TableName


def title(table: TableName) -> str:
    """Return the name of a table's test; pytest reads `::` and `[` as its own.

    >>> title((None, "users"))
    'public.users'
    """
    schema, name = table
    return visible(f"{schema or 'public'}.{name}").replace("::", r":\x3a").replace("[", r"\x5b")


def by_table(
    check: Check, tables: Collection[TableName]
) -> Mapping[TableName | None, Sequence[Finding]]:
    """Return the findings per table, and those of no such table under None."""
    owners = dict(_paths(check, tables))
    findings: dict[TableName | None, list[Finding]] = defaultdict(list)
    for finding in check.findings:
        ref = finding.object
        in_table = ref.table or ref.kind == "table"
        path = f"{ref.schema}.{ref.table or ref.name}" if in_table else ""
        findings[owners.get(path)].append(finding)
    return findings


def _paths(check: Check, tables: Collection[TableName]) -> Iterator[tuple[str, TableName]]:
    """Yield the path of each table in the report, where tables without a schema have one, too."""
    unnamed = {name for schema, name in tables if schema is None}
    named = {f"{schema}.{name}" for schema, name in tables if schema is not None}
    default = _default_schema(set(check.tables) - named, unnamed)
    for schema, name in tables:
        yield f"{default if schema is None else schema}.{name}", (schema, name)


def _default_schema(paths: Collection[str], names: Collection[str]) -> str:
    """Return the schema in which most of the names are; both it and they may have dots."""
    schemas = Counter(
        path[:dot]
        for path in paths
        for dot, character in enumerate(path)
        if character == "." and path[dot + 1 :] in names
    )
    return max(schemas, key=lambda schema: schemas[schema], default="public")
