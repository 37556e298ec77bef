"""The base of advice: the subject of a rule, and its suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import msgspec

from drift.kinds.advice.details import Details
from drift.kinds.advice.mappings import Mappings
from drift.kinds.table.table import Table
from drift.model import ObjectRef, Rule, Schema, Severity


def advice_rule(*, id: str, summary: str, impact: str, remedy: str) -> Rule:  # noqa: A002
    """Return a rule of advice: never a difference, and `info` unless the user raises it."""
    return Rule(
        id=id,
        severity=Severity.INFO,
        summary=summary,
        impact=impact,
        remedy=remedy,
        difference=False,
        advice=True,
    )


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of advice about an object; `detail` follows its name in messages.

    `item` is the live object, whose facts reports show; None for an object that no kind has.
    `impact` replaces the rule's.
    """

    ref: ObjectRef
    detail: str
    item: Any = None
    impact: str = ""


class Subject:
    """Both sides of a comparison, and all else that the rules read.

    `different` are the objects of its findings: advice about them would say the same twice.
    """

    def __init__(
        self,
        declared: Schema,
        live: Schema,
        details: Details = Details(),  # noqa: B008 — frozen
        mappings: Mappings = Mappings(),  # noqa: B008
        different: Collection[ObjectRef] = (),
    ) -> None:
        """Take both sides; `details` and `mappings` are empty if nothing has them."""
        self.declared = declared
        self.live = live
        self.details = details
        self.mappings = mappings
        self.different = frozenset(different)
        self.notes: dict[str, None] = {}
        self._declared = _by_table(declared)
        self._live = _by_table(live)

    @cached_property
    def tables(self) -> list[Table]:
        """The live tables that the models declare; no partitions, views or foreign tables."""
        declared = {(table.schema, table.name) for table in self.declared.objects["table"]}
        return [
            table
            for table in self.live.objects["table"]
            if table.stores_rows
            and table.managed is None
            and (table.schema, table.name) in declared
        ]

    @cached_property
    def states(self) -> dict[tuple[str, str], Any]:
        """The unusual parts of tables, by schema and name."""
        return {(state.schema, state.name): state for state in self.details.tables}

    @cached_property
    def pinned(self) -> frozenset[tuple[str, str, str]]:
        """The schema, table and name of indexes that other parts of the database need."""
        return frozenset((item.schema, item.table, item.name) for item in self.details.pinned)

    def live_of(self, kind: str, schema: str, table: str | None) -> list[Any]:
        """Return the live objects of a kind that belong to a table."""
        return self._live[kind, schema, table]

    def declared_of(self, kind: str, schema: str, table: str | None) -> list[Any]:
        """Return the declared objects of a kind that belong to a table."""
        return self._declared[kind, schema, table]

    def both_of(self, kind: str, schema: str, table: str | None) -> Iterator[Any]:
        """Yield the objects of a table on either side: one that is missing is drift already."""
        yield from self.live_of(kind, schema, table)
        yield from self.declared_of(kind, schema, table)

    def columns(self, schema: str, table: str | None, *, live: bool = True) -> dict[str, Any]:
        """Return the columns of a table by name."""
        items = (self.live_of if live else self.declared_of)("column", schema, table)
        return {item.name: item for item in items}


def _by_table(schema: Schema) -> dict[tuple[str, str, str | None], list[Any]]:
    objects: dict[tuple[str, str, str | None], list[Any]] = defaultdict(list)
    for kind, items in schema.objects.items():
        for item in items:
            objects[kind, item.schema, item.table].append(item)
    return objects


Advise: TypeAlias = Callable[[Subject], Iterator[Advice]]


class Advisor(NamedTuple):
    """A rule, and the function that yields its advice."""

    rule: Rule
    advise: Advise
