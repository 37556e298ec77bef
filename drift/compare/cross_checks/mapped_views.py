"""Views that the project declares as SQL, and that a model maps as a table as well."""

from __future__ import annotations

from drift.model import Schema
from drift.report.finding import Finding

_KINDS = {"view": "view", "materialized-view": "materialized view"}


def forget_mapped_views(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Drop findings of a mapped table about the presence of a view that is declared as SQL.

    The finding about the view says it, too. Its columns are still compared.
    """
    del live
    views = {
        (item.schema, item.name): relation
        for kind, relation in _KINDS.items()
        for item in declared.objects.get(kind, ())
    }
    if not views:
        return findings
    return [finding for finding in findings if not _repeats(finding, views)]


def _repeats(finding: Finding, views: dict[tuple[str, str], str]) -> bool:
    """Return whether a finding is about the presence of a view as a table."""
    relation = views.get((finding.object.schema, finding.object.name))
    if finding.object.kind != "table" or relation is None:
        return False
    if finding.rule == "table-mismatch":
        return set(finding.changes) == {"relation"} and finding.changes["relation"][1] == relation
    return finding.rule == "missing-table"
