"""The statements that make a clone of a reflected schema, in two parts: rows come in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.kinds.table.table import Table
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.operations import constraints
from drift.plan.surroundings import Partition, Surroundings
from drift.proof import scaffold
from drift.proof.scaffold import Statement


class Statements:
    """The statements for a schema. Objects that are not compared come from the surroundings."""

    def __init__(self, live: Schema, surroundings: Surroundings) -> None:
        """Take the live schema and its surroundings."""
        self._live = live
        self._surroundings = surroundings
        self._tables = {
            (t.schema, str(t.name)): t
            for t in live.objects.get("table", ())
            if t.managed not in {"extension", "system"}
        }
        self._partitions: Mapping[TableName, Partition] = {
            (part.schema, part.name): part for part in surroundings.partitions
        }
        self._columns: dict[TableName, list[Column]] = defaultdict(list)
        for column in live.objects.get("column", ()):
            self._columns[ddl.table_name(column)].append(column)

    def before_rows(self) -> Iterator[list[Statement]]:
        """Yield the stages up to the indexes, without foreign keys."""
        yield [*scaffold.schemas(self._live)]
        yield [*scaffold.named_types(self._live, self._surroundings)]
        yield [*scaffold.sequences(self._live)]
        yield [*self._create_tables()]
        yield [*self._owned_sequences(), *self._unvalidated()]
        yield [*self._constraints("check")]
        yield [*self._constraints("primary-key", "unique", "exclusion")]
        yield [*self._indexes(self._stored)]

    def after_rows(self) -> Iterator[list[Statement]]:
        """Yield the stages that need rows to be there, or that nothing else needs."""
        yield [*self._constraints("foreign-key")]
        yield [*self._views()]
        yield [*self._indexes(lambda table: not self._stored(table)), *self._comments()]

    def for_superuser(self) -> Iterator[Statement]:
        """Yield the states that only a change of the catalog makes."""
        for index in self._of("index"):
            if not index.valid:
                name = ddl.regclass((index.schema, str(index.name)))
                yield Statement(
                    f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = {name}",
                    f"the INVALID state of {_path(index)}",
                    ddl.table_name(index),
                )
        for key in self._of("foreign-key"):
            if not key.active:
                yield Statement(
                    "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgconstraint IN (SELECT oid"
                    f" FROM pg_constraint WHERE conname = {string_literal(str(key.name))}"
                    f" AND conrelid = {ddl.regclass(ddl.table_name(key))})",
                    f"the disabled triggers of {_path(key)}",
                    ddl.table_name(key),
                )

    def uncloned(self) -> Iterator[tuple[TableName, str]]:
        """Yield the relations that cannot be made, with the reason."""
        for name, table in self._tables.items():
            if table.relation == "foreign table":
                yield name, "it is a foreign table"
            elif table.relation == "partitioned table" and table.partition_key is None:
                yield name, "a lock of another session hides its partition key"
            part = self._partitions.get(name)
            if table.managed == "partition" and (part is None or part.bound is None):
                yield name, "its bounds as a partition are not known"
        for view in self._surroundings.views:
            if view.query is None:
                yield (view.schema, view.name), "locks of other sessions hide its query"

    @property
    def partitions(self) -> Mapping[TableName, Partition]:
        """The partitions by name."""
        return self._partitions

    def columns(self, table: TableName) -> list[Column]:
        """Return the columns of a table, in their order."""
        return self._columns.get(table, [])

    def _of(self, kind: str) -> Iterator[Any]:
        """Yield the objects of a kind that belong to a cloned table."""
        for item in self._live.objects.get(kind, ()):
            if ddl.table_name(item) in self._tables:
                yield item

    def _stored(self, table: TableName) -> bool:
        table_ = self._tables[table]
        return bool(table_.stores_rows)

    def _create_tables(self) -> Iterator[Statement]:
        skipped = dict(self.uncloned())
        for name, table in self._tables.items():
            if not table.stores_rows or name in skipped:
                continue
            part = self._partitions.get(name) if table.managed == "partition" else None
            yield self._partition(table, part) if part else self._table(name, table)

    def _partition(self, table: Table, part: Partition) -> Statement:
        name = (table.schema, str(table.name))
        nested = f" PARTITION BY {table.partition_key}" if table.partition_key else ""
        unlogged = "UNLOGGED " if table.unlogged else ""
        sql = (
            f"CREATE {unlogged}TABLE {ddl.path(*name)} PARTITION OF"
            f" {ddl.path(part.parent_schema, part.parent)} {part.bound}"
            f"{nested}{ddl.storage(table.storage)}"
        )
        return Statement(sql, f"the partition {ddl.path(*name)}", name)

    def _table(self, name: TableName, table: Table) -> Statement:
        """Return the table; without its defaults and expressions if one of them fails."""
        own = [
            msgspec.structs.replace(column, nullable=column.nullable or bool(column.unvalidated))
            for column in self._columns[name]
            if not column.inherited
        ]
        plain = [msgspec.structs.replace(c, generated=None, collation=None) for c in own]
        bare = [ddl.column(column, default=False) for column in plain]
        what = f"the table {ddl.path(*name)}"
        parts = [Statement(ddl.table(table, bare), what, name)]
        for column in own:
            path = f"{ddl.path(*name)}.{types.quote(str(column.name))}"
            alter = f"ALTER TABLE {ddl.path(*name)} ALTER COLUMN {types.quote(str(column.name))}"
            if column.default is not None and not column.generated:
                sql = f"{alter} SET DEFAULT {column.default}"
                parts.append(Statement(sql, f"the default of {path}", name))
            if column.collation:
                sql = f"{alter} TYPE {ddl.column_type(column)}"
                parts.append(Statement(sql, f"the collation of {path}", name))
            if column.generated:
                parts.append(Statement("", f"the expression that generates {path}", name))
        return Statement(ddl.table(table, map(ddl.column, own)), what, name, tuple(parts))

    def _owned_sequences(self) -> Iterator[Statement]:
        for column in self._of("column"):
            counter = column.sequence
            own = counter and counter.owner is None and counter.schema == column.schema
            if counter and own and not column.inherited:
                path = f"{ddl.table_path(column)}.{types.quote(str(column.name))}"
                sequence = ddl.path(counter.schema, counter.name)
                sql = f"ALTER SEQUENCE {sequence} OWNED BY {path}"
                yield Statement(sql, f"the owner of the sequence {sequence}")

    def _unvalidated(self) -> Iterator[Statement]:
        for column in self._of("column"):
            if column.unvalidated and not column.inherited:
                yield Statement(
                    f"ALTER TABLE {ddl.table_path(column)} ADD CONSTRAINT"
                    f" {types.quote(column.unvalidated)} NOT NULL"
                    f" {types.quote(str(column.name))} NOT VALID",
                    f"the NOT NULL of {ddl.table_path(column)}.{types.quote(str(column.name))}",
                    ddl.table_name(column),
                )

    def _constraints(self, *kinds: str) -> Iterator[Statement]:
        for kind in kinds:
            for item in self._of(kind):
                if self._is_inherited(kind, item):
                    continue
                not_valid = (
                    "" if getattr(item, "validated", True) or not item.enforced else " NOT VALID"
                )
                yield Statement(
                    f"ALTER TABLE {ddl.table_path(item)} ADD CONSTRAINT"
                    f" {types.quote(str(item.name))} {constraints.clause(item)}{not_valid}",
                    f"the constraint {types.quote(str(item.name))} of {ddl.table_path(item)}",
                    ddl.table_name(item),
                )

    def _indexes(self, wanted: Any) -> Iterator[Statement]:
        for item in self._of("index"):
            if wanted(ddl.table_name(item)) and not self._is_inherited("index", item):
                unique = "UNIQUE " if item.unique else ""
                yield Statement(
                    f"CREATE {unique}INDEX {types.quote(str(item.name))} ON {ddl.index(item)}",
                    f"the index {_path(item)}",
                    ddl.table_name(item),
                )

    def _is_inherited(self, kind: str, item: Any) -> bool:
        """Return whether a partition got this object from the table that it is a part of."""
        parents = self._ancestors(ddl.table_name(item))
        return any(
            _content(item) == _content(other)
            for other in (self._live.objects.get(kind, ()) if parents else ())
            if ddl.table_name(other) in parents
        )

    def _ancestors(self, table: TableName) -> set[TableName]:
        ancestors: set[TableName] = set()
        while (part := self._partitions.get(table)) is not None:
            table = (part.parent_schema, part.parent)
            ancestors.add(table)
        return ancestors

    def _views(self) -> Iterator[Statement]:
        for view in self._surroundings.views:
            if view.query is not None:
                word = "MATERIALIZED VIEW" if view.materialized else "VIEW"
                path = ddl.path(view.schema, view.name)
                name = (view.schema, view.name)
                yield Statement(f"CREATE {word} {path} AS {view.query}", f"the view {path}", name)

    def _comments(self) -> Iterator[Statement]:
        words = {"view": "VIEW", "materialized view": "MATERIALIZED VIEW"}
        for name, table in self._tables.items():
            if table.comment and table.relation != "foreign table":
                path = ddl.path(*name)
                sql = f"COMMENT ON {words.get(table.relation, 'TABLE')} {path} IS"
                yield Statement(
                    f"{sql} {string_literal(table.comment)}", f"the comment on {path}", name
                )
        for column in self._of("column"):
            if column.comment:
                path = f"{ddl.table_path(column)}.{types.quote(str(column.name))}"
                sql = f"COMMENT ON COLUMN {path} IS {string_literal(column.comment)}"
                yield Statement(sql, f"the comment on {path}", ddl.table_name(column))


def _path(item: Any) -> str:
    return ddl.path(item.schema, str(item.name))


def _content(item: Any) -> Any:
    """Return an object without its name and table, and without a partition's own attributes."""
    changes: dict[str, Any] = dict.fromkeys(("table", "name", "called"))
    own = {"storage": (), "valid": True, "locked": False, "under_way": False, "validated": True,
           "active": True}  # fmt: skip
    changes |= {name: value for name, value in own.items() if hasattr(item, name)}
    return msgspec.structs.replace(item, schema="", **changes)
