"""Merges the comparisons of tenants, schemas that should have the same objects.

In come the variants, one per group of equal schemas; out come findings whose object is in the
pattern, such as `tenant_*.users`, each with the schemas in which it holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from msgspec import json
from msgspec.structs import replace

from drift.check.session import SchemaVariant
from drift.report.drawing import Drawing
from drift.report.finding import Finding
from drift.sources.database.schema_patterns import pattern_of
from drift.sources.database.schema_references import neutral

NAMED = 3
"""Schemas that are named in a finding; the report counts the others."""


class Tenancy:
    """The variants of one target's tenants, with the pattern that each of them matches."""

    def __init__(self, variants: Sequence[SchemaVariant], patterns: Sequence[str]) -> None:
        self._variants = [
            (variant, pattern_of(variant.tenants[0], patterns) or "")
            for variant in variants
            if variant.tenants
        ]
        self._totals: Counter[str] = Counter()
        for variant, pattern in self._variants:
            self._totals[pattern] += len(variant.tenants)

    @property
    def total(self) -> int:
        """The number of compared schemas."""
        return self._totals.total()

    def tables(self) -> tuple[str, ...]:
        """Return every declared table once, those of the tenants with their pattern."""
        return tuple(
            dict.fromkeys(
                f"{pattern if table.schema == variant.tenants[0] else table.schema}.{table.name}"
                for variant, pattern in self._variants
                for table in variant.declared.objects["table"]
            )
        )

    def findings(self) -> list[Finding]:
        """Return each difference once, with all schemas that have it.

        Its message is that of the first tenant. A finding about a schema that all tenants share has
        no schemas.
        """
        merged: dict[Hashable, Finding] = {}
        schemas: dict[Hashable, set[str]] = defaultdict(set)
        for variant, pattern in self._variants:
            tenant = variant.tenants[0]
            for finding in variant.comparison.findings:
                is_tenants = finding.object.schema == tenant
                placed = _in_schema(finding, pattern) if is_tenants else finding
                key = _sameness(placed, tenant)
                merged.setdefault(key, placed)
                if is_tenants:
                    schemas[key].update(variant.tenants)
        return [
            replace(finding, schemas=tuple(sorted(schemas[key]))) for key, finding in merged.items()
        ]

    def with_schemas_named(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings with the number and the names of their schemas in the messages."""
        return tuple(map(self._with_schemas_named, findings))

    def _with_schemas_named(self, finding: Finding) -> Finding:
        if not finding.schemas:
            return finding
        count, total = len(finding.schemas), self._totals[finding.object.schema]
        more = f" and {count - NAMED:,} more" if count > NAMED else ""
        names = ", ".join(finding.schemas[:NAMED]) + more
        schemas = f"all {total:,} schemas" if count == total else f"{count:,} of {total:,}: {names}"
        return replace(
            finding,
            message=f"{finding.message} (in {schemas})",
            detail=f"{finding.detail} (in {schemas})",
        )

    def notes(self, findings: Iterable[Finding], ignored: Iterable[Finding]) -> Iterator[str]:
        """Yield per pattern the number of its schemas that differ, and the number of ways.

        Schemas of which all differences are `ignored` are counted if no others differ.
        """
        accepted: dict[str, set[str]] = defaultdict(set)
        for finding in ignored:
            accepted[finding.object.schema].update(finding.schemas)
        differences: dict[str, dict[str, list[Hashable]]] = defaultdict(lambda: defaultdict(list))
        for finding in findings:
            for schema in finding.schemas:
                identity = finding.rule, finding.object, finding.message
                differences[finding.object.schema][schema].append(identity)
        for pattern, total in self._totals.items():
            ways = Counter(map(tuple, differences[pattern].values()))
            if count := ways.total():
                verb = "differs" if count == 1 else "differ"
                how = "one way" if len(ways) == 1 else f"{len(ways):,} ways"
                yield f"{count:,} of {total:,} schemas {pattern} {verb}, in {how}"
            else:
                count = len(accepted[pattern])
                but = f", except for ignored differences in {count:,}" if count else ""
                yield f"all {total:,} schemas {pattern} are in sync{but}"

    def drawings(self, findings: Sequence[Finding]) -> tuple[Drawing, ...]:
        """Return a drawing per table that differs, by the first variant with findings about it."""
        from drift.compare.table_diff import draw

        drawings: dict[str, Drawing] = {}
        for variant, pattern in self._variants:
            tenant = variant.tenants[0]
            own = [
                _in_schema(finding, tenant) if finding.object.schema == pattern else finding
                for finding in findings
                if not finding.schemas or tenant in finding.schemas
            ]
            matches, names = variant.comparison.matches, {tenant: pattern}
            for drawing in draw(own, matches, variant.declared, variant.live, names):
                drawings.setdefault(drawing.path, drawing)
        return tuple(drawings[path] for path in sorted(drawings))


def _in_schema(finding: Finding, schema: str) -> Finding:
    """Return a finding with another schema for its object; its message stays as it is."""
    return replace(finding, object=replace(finding.object, schema=schema))


def _sameness(finding: Finding, tenant: str) -> Hashable:
    """Return a key that is equal for the same finding about several tenants."""
    facts = neutral((finding.expected, finding.actual, finding.message), tenant)
    return finding.rule, finding.object, json.encode(facts)
