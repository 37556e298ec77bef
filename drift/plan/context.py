"""The input of every recipe: both sides, the sizes of tables, and the options of the user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from drift.kinds import KINDS
from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.model import Schema
from drift.plan.ddl import path
from drift.plan.ddl import path as ddl_path
from drift.plan.names import name_of, not_null_name, shortened
from drift.plan.operation import TableName
from drift.plan.surroundings import Dependent, Relation, Surroundings, TypeUse

_KINDS = {kind.name: kind for kind in KINDS}
SMALL = 10 * 1024 * 1024
"""Bytes of a table for which one short lock is safer than many steps."""


class Options:
    """The options of a plan: `small` in bytes, `window` for short ways, `allow` for hazards.

    `decisions` answer the questions of earlier plans: by `schema.table.column`, an SQL expression
    or a word of its choices; by `schema.enum.label`, a label.
    """

    def __init__(
        self,
        *,
        small: int = SMALL,
        window: bool = False,
        allow: frozenset[str] = frozenset(),
        decisions: Mapping[str, str] | None = None,
    ) -> None:
        """Take the options; `allow` has the names of hazards."""
        self.small = small
        self.window = window
        self.allow = allow
        # The mapping itself and no copy: it may record the keys that recipes look up.
        self.decisions = {} if decisions is None else decisions


class Context:
    """The sides `wanted` and `present`, and the database around them."""

    def __init__(
        self,
        wanted: Schema,
        present: Schema,
        surroundings: Surroundings,
        *,
        server_version: int,
        options: Options,
    ) -> None:
        """Take both sides, with the open attributes of the models filled in."""
        self.wanted = wanted
        self.present = present
        self.server_version = server_version
        self.options = options
        self._surroundings = surroundings
        self._relations = surroundings.by_name()

    @property
    def major(self) -> int:
        """The major version of the server, such as 16."""
        return self.server_version // 10000

    def filled(self, kind: str, wanted: Any, present: Any) -> Any:
        """Return a wanted object whose open attributes are filled in from the live one."""
        if self.wanted.complete:
            return wanted
        return _KINDS[kind].with_server_defaults(wanted, present)

    def relation(self, table: TableName) -> Relation:
        """Return the sizes of a table; those of an empty one if it does not exist."""
        return self._relations.get(table) or Relation(schema=table[0], name=table[1])

    def exists(self, table: TableName) -> bool:
        """Return whether the database has the table."""
        return table in self._tables

    def short_way(self, *tables: TableName) -> bool:
        """Return whether a table may be locked while it is read or copied."""
        if self.options.window:
            return True
        return all(self.relation(table).bytes < self.options.small for table in tables)

    def is_constrained(self, type_: str) -> bool:
        """Return whether a type is a domain with constraints: a new column copies the table."""
        domain = self._domains.get(type_)
        if domain is None:
            return False
        return bool(domain.checks) or not domain.nullable or self.is_constrained(domain.type)

    @cached_property
    def _domains(self) -> dict[str, Any]:
        """The domains by their path; those that the plan makes or changes as they are wanted."""
        sides = (self.present, self.wanted)
        items = (item for side in sides for item in side.objects.get("domain", ()))
        return {path(item.schema, item.name): item for item in items}

    def is_partitioned(self, table: TableName) -> bool:
        """Return whether the database has the table as a partitioned one."""
        return self._tables.get(table) == "partitioned table"

    @cached_property
    def _tables(self) -> dict[TableName, str]:
        return {(t.schema, t.name): t.relation for t in self.present.objects.get("table", ())}

    @cached_property
    def _by_table(self) -> dict[tuple[str, TableName], list[Any]]:
        groups: dict[tuple[str, TableName], list[Any]] = defaultdict(list)
        for kind, items in self.present.objects.items():
            for item in items:
                if item.table is not None:
                    groups[kind, (item.schema, item.table)].append(item)
        return groups

    @cached_property
    def _wanted_by_table(self) -> dict[tuple[str, TableName], list[Any]]:
        groups: dict[tuple[str, TableName], list[Any]] = defaultdict(list)
        for kind, items in self.wanted.objects.items():
            for item in items:
                if item.table is not None:
                    groups[kind, (item.schema, item.table)].append(item)
        return groups

    def present_of(self, kind: str, table: TableName) -> list[Any]:
        """Return the objects of a kind that a live table has."""
        return self._by_table.get((kind, table), [])

    def wanted_of(self, kind: str, table: TableName) -> list[Any]:
        """Return the objects of a kind that a table should have."""
        return self._wanted_by_table.get((kind, table), [])

    def present_column(self, table: TableName, name: str) -> Column | None:
        """Return a live column."""
        return next((c for c in self.present_of("column", table) if c.name == name), None)

    def wanted_column(self, table: TableName, name: str) -> Column | None:
        """Return a column as it should be."""
        return next((c for c in self.wanted_of("column", table) if c.name == name), None)

    @cached_property
    def _relation_names(self) -> frozenset[tuple[str, str]]:
        """The names of live tables, sequences and indexes, which share them within a schema."""
        kinds = ("table", "sequence", "index", "primary-key", "unique", "exclusion")
        items = (item for kind in kinds for item in self.present.objects.get(kind, ()))
        return frozenset((item.schema, item.name) for item in items)

    def is_taken(self, schema: str, name: str | None) -> bool:
        """Return whether another relation of the schema has the name."""
        return (schema, name) in self._relation_names

    def free_name(self, kind: str, item: Any) -> str:
        """Return the name of an object with an index: PostgreSQL numbers one that is taken."""
        name, number = name_of(kind, item), 0
        while item.name is None and self.is_taken(item.schema, name):
            number += 1
            name = f"{name_of(kind, item)}{number}"
        return name

    def not_null_name(self, table: TableName, column: str) -> str:
        """Return a name for a NOT NULL constraint that no other constraint of the table has."""
        kinds = ("primary-key", "unique", "check", "exclusion", "foreign-key")
        sides = (self.present_of, self.wanted_of)
        taken = {item.name for side in sides for kind in kinds for item in side(kind, table)}
        name = not_null_name(table[1], column)
        while name in taken:
            name = shortened(name, "_")
        return name

    def foreign_keys_on(self, table: TableName, column: str) -> Iterator[Any]:
        """Yield the live foreign keys with this column at one of their ends."""
        for key in self.present.objects.get("foreign-key", ()):
            own = (key.schema, key.table) == table and column in key.columns
            target = (key.target_schema, key.target_table) == table
            if own or (target and column in key.target_columns):
                yield key

    def dependents(self, table: TableName, column: str) -> Iterator[Dependent]:
        """Yield views and other objects that keep a column from being changed."""
        for item in self._surroundings.dependents:
            if (item.schema, item.table) == table and item.column in {column, ""}:
                yield item

    def users_of_table(self, table: TableName) -> list[str]:
        """Return the views and other objects that keep a table from being dropped."""
        users = (
            each
            for each in self._surroundings.dependents
            if (each.schema, each.table) == table and each.kind not in {"trigger", "policy"}
        )
        return sorted({f"{each.kind} {each.name}" for each in users})

    def users_of_column(self, table: TableName, column: str) -> list[str]:
        """Return the views and other objects that keep a column from being changed."""
        return sorted({f"{each.kind} {each.name}" for each in self.dependents(table, column)})

    def users_of_type(self, uses: Iterable[TypeUse]) -> list[str]:
        """Return the views and other objects that use one of the columns of a type."""
        users = (self.users_of_column((use.schema, use.table), use.column) for use in uses)
        return sorted({user for of_column in users for user in of_column})

    def has_type(self, text: str) -> bool:
        """Return whether the database has a type before the first step."""
        base = types.family(text)
        live = (
            ddl_path(item.schema, str(item.name))
            for kind in ("enum", "domain")
            for item in self.present.objects.get(kind, ())
        )
        return types.is_built_in(text) or base in live or not self._is_wanted_type(base)

    def _is_wanted_type(self, base: str) -> bool:
        return base in {
            ddl_path(item.schema, str(item.name))
            for kind in ("enum", "domain")
            for item in self.wanted.objects.get(kind, ())
        }

    def uses(self, schema: str, name: str) -> Iterator[TypeUse]:
        """Yield the columns that have an enum or a domain as their type."""
        type_ = path(schema, name)
        known = set()
        for use in self._surroundings.type_uses:
            if (use.type_schema, use.type_name) == (schema, name):
                known.add((use.schema, use.table, use.column))
                yield use
        for each in self.present.objects.get("column", ()):
            is_known = (each.schema, each.table, each.name) in known
            if not (is_known or each.view) and each.type in {type_, f"{type_}[]"}:
                yield TypeUse(
                    type_schema=schema,
                    type_name=name,
                    schema=each.schema,
                    table=each.table,
                    column=each.name,
                    array=each.type != type_,
                )

    def domain_checks(self, schema: str, name: str) -> Iterator[Any]:
        """Yield the checks of a live domain."""
        for check in self._surroundings.domain_checks:
            if (check.schema, check.domain) == (schema, name):
                yield check
