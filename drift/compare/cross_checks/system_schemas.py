"""The schemas of PostgreSQL itself, whose tables and views some projects map to query them."""

from __future__ import annotations

from drift.kinds.system import is_system
from drift.model import Schema
from drift.report.finding import Finding

_BREAKS_QUERIES = frozenset({"missing-schema", "missing-table", "missing-column"})


def forget_system(findings: list[Finding], _declared: Schema, _live: Schema) -> list[Finding]:
    """Drop findings in PostgreSQL's own schemas, unless they make the models' queries fail."""
    return [
        finding
        for finding in findings
        if finding.rule in _BREAKS_QUERIES or not is_system(finding.object.schema)
    ]
