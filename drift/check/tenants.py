"""Many schemas that should be alike, reported as one: what differs, and in how many of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from drift.check.session import SchemaVariant
from drift.compare.table_diff import draw
from drift.report.drawing import Drawing
from drift.report.finding import Finding
from drift.sources.database.own_schema import neutral

NAMED = 3
"""Schemas that are named in a finding; the report counts the others."""


class Tenancy:
    """The varieties of one target's tenants, by the pattern that each of them matches."""

    def __init__(self, varieties: Sequence[SchemaVariant], patterns: Sequence[str]) -> None:
        from drift.sources.database.tenants import pattern_of

        self._variants = [
            (one, pattern_of(one.tenants[0], patterns) or "") for one in varieties if one.tenants
        ]
        self._totals: Counter[str] = Counter()
        for one, pattern in self._variants:
            self._totals[pattern] += len(one.tenants)

    @property
    def total(self) -> int:
        """How many schemas were compared."""
        return self._totals.total()

    def tables(self) -> tuple[str, ...]:
        """Return every declared table once, those of the tenants with their pattern."""
        return tuple(
            dict.fromkeys(
                f"{pattern if table.schema == one.tenants[0] else table.schema}.{table.name}"
                for one, pattern in self._variants
                for table in one.declared.objects["table"]
            )
        )

    def findings(self) -> list[Finding]:
        """Return what differs once, with all schemas in which it does.

        Its object is in the pattern; its words are those of the first tenant. A finding about a
        schema that all tenants share has no schemas.
        """
        merged: dict[Hashable, Finding] = {}
        schemas: dict[Hashable, dict[str, None]] = defaultdict(dict)
        for one, pattern in self._variants:
            for found in one.comparison.findings:
                own = found.object.schema == one.tenants[0]
                finding = _in(found, pattern) if own else found
                key = _identity(finding, one.tenants[0])
                merged.setdefault(key, finding)
                if own:
                    schemas[key].update(dict.fromkeys(one.tenants))
        return [
            msgspec.structs.replace(finding, schemas=tuple(sorted(schemas[key])))
            for key, finding in merged.items()
        ]

    def worded(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings with how many schemas, and which, in their sentences."""
        return tuple(map(self._worded, findings))

    def notes(self, findings: Iterable[Finding]) -> Iterator[str]:
        """Yield for each pattern how many of its schemas differ, and in how many ways."""
        ways: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for finding in findings:
            for schema in finding.schemas:
                identity = finding.rule, finding.object, finding.message
                ways[finding.object.schema][schema].append(identity)
        for pattern, total in self._totals.items():
            found = Counter(tuple(some) for some in ways[pattern].values())
            some = found.total()
            if not some:
                yield f"all {total:,} schemas {pattern} are in sync"
                continue
            verb = "differs" if some == 1 else "differ"
            how = "one way" if len(found) == 1 else f"{len(found):,} ways"
            yield f"{some:,} of {total:,} schemas {pattern} {verb}, in {how}"

    def drawings(self, findings: Sequence[Finding]) -> tuple[Drawing, ...]:
        """Return each table that differs as the first variety has it that has findings of it."""
        drawn: dict[str, Drawing] = {}
        for one, pattern in self._variants:
            example = one.tenants[0]
            concerned = [
                _in(finding, example) if finding.object.schema == pattern else finding
                for finding in findings
                if not finding.schemas or example in finding.schemas
            ]
            matches, names = one.comparison.matches, {example: pattern}
            for drawing in draw(concerned, matches, one.declared, one.live, names):
                drawn.setdefault(drawing.path, drawing)
        return tuple(drawn[path] for path in sorted(drawn))

    def _worded(self, finding: Finding) -> Finding:
        if not finding.schemas:
            return finding
        total = self._totals[finding.object.schema]
        words = f" (in {_some(finding.schemas, total)})"
        return msgspec.structs.replace(
            finding, message=finding.message + words, detail=finding.detail + words
        )


def _some(schemas: Sequence[str], total: int) -> str:
    if len(schemas) == total:
        return f"all {total:,} schemas"
    names = ", ".join(schemas[:NAMED])
    more = len(schemas) - NAMED
    return f"{len(schemas):,} of {total:,}: {names}{f' and {more:,} more' if more > 0 else ''}"


def _in(finding: Finding, schema: str) -> Finding:
    """Return a finding with another schema for its object; all that it says stays as it is."""
    ref = msgspec.structs.replace(finding.object, schema=schema)
    return msgspec.structs.replace(finding, object=ref)


def _identity(finding: Finding, schema: str) -> Hashable:
    """Return what makes findings about several tenants the same; `schema` is the tenant's."""
    facts = neutral((finding.expected, finding.actual, finding.message), schema)
    return finding.rule, finding.object, msgspec.json.encode(facts)
