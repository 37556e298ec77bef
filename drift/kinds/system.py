"""PostgreSQL's own schemas, whose tables and views some projects map to query them."""

from __future__ import annotations

from drift.model import Finding, Schema

_BREAKS_QUERIES = frozenset({"missing-schema", "missing-table", "missing-column"})


def is_system(schema: str) -> bool:
    """Tell a schema of PostgreSQL's own: only these may have such names."""
    return schema.startswith("pg_") or schema == "information_schema"


def forget_system(findings: list[Finding], _declared: Schema, _live: Schema) -> list[Finding]:
    """Keep of PostgreSQL's own schemas only what makes queries by the models fail."""
    return [
        finding
        for finding in findings
        if finding.rule in _BREAKS_QUERIES or not is_system(finding.object.schema)
    ]
