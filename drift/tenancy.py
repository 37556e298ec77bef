"""Many schemas that should be alike, reported as one: what differs, and in how many of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from drift.comparing import Variety
from drift.drawing import Drawing
from drift.model import Finding
from drift.side_by_side import draw

NAMED = 3
"""Schemas that are named in a finding; the report counts the others."""


class Tenancy:
    """The varieties of one target's tenants, by the pattern that each of them matches."""

    def __init__(self, varieties: Sequence[Variety], patterns: Sequence[str]) -> None:
        from drift.sources.tenants import pattern_of

        self._varieties = [
            (one, pattern_of(one.tenants[0], patterns) or "") for one in varieties if one.tenants
        ]
        self._totals: Counter[str] = Counter()
        for one, pattern in self._varieties:
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
                for one, pattern in self._varieties
                for table in one.declared.objects["table"]
            )
        )

    def findings(self) -> list[Finding]:
        """Return what differs once, with all schemas in which it does.

        A finding about a schema of its own, which all tenants share, has none.
        """
        merged: dict[Any, Finding] = {}
        schemas: dict[Any, dict[str, None]] = defaultdict(dict)
        for one, pattern in self._varieties:
            for found in one.comparison.findings:
                own = found.object.schema == one.tenants[0]
                finding = _renamed(found, one.tenants[0], pattern) if own else found
                key = finding.rule, finding.object, finding.message
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
                yield f"all {total:,} schemas {pattern} are alike, and as declared"
                continue
            verb = "differs" if some == 1 else "differ"
            how = "one way" if len(found) == 1 else f"{len(found):,} ways"
            yield f"{some:,} of {total:,} schemas {pattern} {verb}, in {how}"

    def drawings(self, findings: Sequence[Finding]) -> tuple[Drawing, ...]:
        """Return each table that differs as the first variety has it that has findings of it."""
        drawn: dict[str, Drawing] = {}
        for one, pattern in self._varieties:
            example = one.tenants[0]
            mine = [
                _back(finding, pattern, example)
                for finding in findings
                if not finding.schemas or example in finding.schemas
            ]
            for drawing in draw(mine, one.comparison.matches, one.declared, one.live):
                named = _renamed(drawing, example, pattern)
                drawn.setdefault(named.path, named)
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


def _back(finding: Finding, pattern: str, example: str) -> Finding:
    """Return a finding with the name of one schema, as the sides that are drawn have it."""
    if finding.object.schema != pattern:
        return finding
    ref = msgspec.structs.replace(finding.object, schema=example)
    return msgspec.structs.replace(finding, object=ref)


def _renamed(value: Any, old: str, new: str) -> Any:
    """Return a value in which one schema's name, alone or before a dot, is another one's."""
    word = re.compile(rf'(?<![\w."]){re.escape(old)}(?=\.)|"{re.escape(old)}"(?=\.)')

    def rename(item: Any) -> Any:
        if type(item) is str:  # no member of an enumeration
            return new if item == old else word.sub(lambda _: new, item)
        if isinstance(item, Mapping):
            return {key: rename(one) for key, one in item.items()}
        if isinstance(item, tuple | list):
            return type(item)(map(rename, item))
        if isinstance(item, msgspec.Struct):
            fields = {name: rename(getattr(item, name)) for name in item.__struct_fields__}
            return type(item)(**fields)
        return item

    return rename(value)
