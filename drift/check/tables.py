"""Restricts a check to some tables: patterns and a check in, a smaller check out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from drift.check.policy import Outcome
from drift.errors import ConfigurationError
from drift.model import Schema
from drift.report.finding import Finding
from drift.report.report import Check
from drift.texts import nearest


def matches(patterns: Iterable[str], path: str) -> bool:
    """Return whether a pattern names a table, with its schema or without."""
    paths = path, path.partition(".")[2]
    return any(fnmatchcase(each, pattern) for each in paths for pattern in patterns)


def in_tables(findings: Iterable[Finding], patterns: Sequence[str]) -> list[Finding]:
    """Return the findings about tables and their parts; without patterns, all."""
    return [item for item in findings if not patterns or _is_in(item, patterns)]


def _is_in(finding: Finding, patterns: Sequence[str]) -> bool:
    ref = finding.object
    name = ref.table or (ref.name if ref.kind == "table" else "")
    schemas = (ref.schema, *finding.schemas)
    return bool(name) and any(matches(patterns, f"{schema}.{name}") for schema in schemas)


def without_unused(outcome: Outcome) -> Outcome:
    """Return the outcome without ignore entries that may be about other tables.

    The notes on entries come first, one each: those on expired ones, then those on unused ones.
    """
    expired = tuple(entry for entry in outcome.unused if entry.expired)
    notes = (*outcome.notes[: len(expired)], *outcome.notes[len(outcome.unused) :])
    return msgspec.structs.replace(outcome, unused=expired, notes=notes)


def restricted(report: Check, patterns: Sequence[str], declared: Schema) -> Check:
    """Return a report that names and counts only the tables. Raises ConfigurationError."""
    _require_each(patterns, report.tables)
    tables = tuple(path for path in report.tables if matches(patterns, path))
    columns = declared.objects["column"]
    count = sum(matches(patterns, f"{column.schema}.{column.table}") for column in columns)
    compared = dict(report.compared) | {"tables": len(tables), "columns": count}
    return msgspec.structs.replace(report, tables=tables, compared=compared, not_compared={})


def _require_each(patterns: Sequence[str], paths: Sequence[str]) -> None:
    """Raise ConfigurationError for a pattern of no table: a typo would pass any difference."""
    problems = []
    for pattern in patterns:
        if not any(matches([pattern], path) for path in paths):
            names = [*paths, *(path.partition(".")[2] for path in paths)]
            close = nearest(pattern, names)
            meant = f"; did you mean {close}?" if close else ""
            problems.append(f"tables: {pattern!r} matches no table that is compared{meant}")
    if problems:
        raise ConfigurationError(problems)
