"""Single changes of a live database that was made from generated metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from drift.kinds.sql.types import family
from drift.model import Schema


class Mutation(NamedTuple):
    """A change, and the (rule, table or type) of each finding that it must cause."""

    sql: str
    expected: tuple[tuple[str, str], ...]


def quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def possible(live: Schema) -> list[Mutation]:
    """Return every mutation that this database can undergo, in a stable order."""
    return [mutation for make in _MAKERS for mutation in make(live)]


def _where(item: Any) -> str:
    return f"{item.schema}.{item.table or item.name}"


def _alter(item: Any, change: str) -> str:
    return f"ALTER TABLE {quoted(item.schema, item.table or item.name)} {change}"


def _used(live: Schema) -> set[tuple[str, str, str]]:
    """Return the columns that something else hangs on."""
    used = set()
    for kind in ("primary-key", "unique", "foreign-key"):
        for item in live.objects[kind]:
            used |= {(item.schema, item.table, column) for column in item.columns}
            if kind == "foreign-key":
                target = (item.target_schema, item.target_table)
                used |= {(*target, column) for column in item.target_columns}
    for column in live.objects["column"]:
        texts = [i.expression for i in live.objects["check"] if i.table == column.table]
        for index in live.objects["index"]:
            if index.table == column.table:
                texts += [index.predicate, *(key.expression for key in index.keys)]
                if any(key.column == column.name for key in index.keys):
                    used.add((column.schema, column.table, column.name))
        if any(column.name in (text or "").replace('""', '"') for text in texts):
            used.add((column.schema, column.table, column.name))
    return used


def _free_columns(live: Schema) -> list[Any]:
    used = _used(live)
    return [c for c in live.objects["column"] if (c.schema, c.table, c.name) not in used]


def _referenced(live: Schema) -> set[tuple[str, str]]:
    return {(k.target_schema, k.target_table) for k in live.objects["foreign-key"]}


def _tables(live: Schema) -> Iterator[Mutation]:
    for table in live.objects["table"]:
        where = _where(table)
        if (table.schema, table.name) not in _referenced(live):
            sql = f"DROP TABLE {quoted(table.schema, table.name)}"
            yield Mutation(sql, (("missing-table", where),))
        yield Mutation(_alter(table, "ADD COLUMN brand_new text"), (("extra-column", where),))
        yield Mutation(
            f"COMMENT ON TABLE {quoted(table.schema, table.name)} IS 'quite another'",
            (("comment-mismatch", where),),
        )
        unlogged = _alter(table, "SET UNLOGGED")  # refused where a foreign key points here
        yield Mutation(unlogged, (("table-mismatch", where),))
    schema = live.objects["table"][0].schema
    sql = f"CREATE TABLE {quoted(schema, 'brand new')} (id int)"
    yield Mutation(sql, (("extra-table", f"{schema}.brand new"),))


def _columns(live: Schema) -> Iterator[Mutation]:
    for column in _free_columns(live):
        where, name = _where(column), quoted(column.name)
        yield Mutation(_alter(column, f"DROP COLUMN {name}"), (("missing-column", where),))
        yield Mutation(
            _alter(column, f"RENAME COLUMN {name} TO brand_new"),
            (("missing-column", where), ("extra-column", where)),
        )
        if column.default is None and family(column.type) != "xml" and not column.collation:
            yield Mutation(
                _alter(column, f"ALTER COLUMN {name} TYPE xml USING NULL"),
                (("column-type-mismatch", where),),
            )
        change = "SET" if column.nullable else "DROP"
        yield Mutation(
            _alter(column, f"ALTER COLUMN {name} {change} NOT NULL"),
            (("column-nullability-mismatch", where),),
        )
        yield Mutation(
            f"COMMENT ON COLUMN {quoted(column.schema, column.table, column.name)} IS 'another'",
            (("comment-mismatch", where),),
        )


def _defaults(live: Schema) -> Iterator[Mutation]:
    for column in live.objects["column"]:
        where, name = _where(column), quoted(column.name)
        if column.default is not None:
            yield Mutation(
                _alter(column, f"ALTER COLUMN {name} DROP DEFAULT"),
                (("column-default-mismatch", where),),
            )
        elif column.type in {"text", "integer"} and not column.identity:
            yield Mutation(
                _alter(column, f"ALTER COLUMN {name} SET DEFAULT '77'"),
                (("column-default-mismatch", where),),
            )
        if column.identity:
            yield Mutation(
                _alter(column, f"ALTER COLUMN {name} DROP IDENTITY"),
                (("column-identity-mismatch", where),),
            )
            yield Mutation(
                _alter(column, f"ALTER COLUMN {name} SET CACHE 1 SET MAXVALUE 4000"),
                (("column-identity-mismatch", where),),
            )


def _constraints(live: Schema) -> Iterator[Mutation]:
    pointed = {
        (k.target_schema, k.target_table, frozenset(k.target_columns))
        for k in live.objects["foreign-key"]
    }
    for kind in ("primary-key", "unique", "check", "foreign-key"):
        for item in live.objects[kind]:
            columns = frozenset(getattr(item, "columns", ()))
            if (
                kind in {"check", "foreign-key"}
                or (item.schema, item.table, columns) not in pointed
            ):
                sql = _alter(item, f"DROP CONSTRAINT {quoted(item.name)}")
                yield Mutation(sql, ((f"missing-{kind}", _where(item)),))


def _indexes(live: Schema) -> Iterator[Mutation]:
    for index in live.objects["index"]:
        sql = f"DROP INDEX {quoted(index.schema, index.name)}"
        yield Mutation(sql, (("missing-index", _where(index)),))
        sql = f"ALTER INDEX {quoted(index.schema, index.name)} RENAME TO brand_new"
        yield Mutation(sql, (("index-mismatch", _where(index)),))
    for table in live.objects["table"]:
        sql = f"CREATE INDEX brand_new ON {quoted(table.schema, table.name)} ((1 + 1))"
        yield Mutation(sql, (("extra-index", _where(table)),))


def _types(live: Schema) -> Iterator[Mutation]:
    for enum in live.objects["enum"]:
        name, where = quoted(enum.schema, enum.name), f"{enum.schema}.{enum.name}"
        yield Mutation(f"ALTER TYPE {name} ADD VALUE 'brand new'", (("enum-mismatch", where),))
    schema = live.objects["table"][0].schema
    sql = f"CREATE TYPE {quoted(schema, 'brand new')} AS ENUM ('x')"
    yield Mutation(sql, (("extra-enum", f"{schema}.brand new"),))


_MAKERS: tuple[Callable[[Schema], Iterator[Mutation]], ...] = (
    _tables, _columns, _defaults, _constraints, _indexes, _types,
)  # fmt: skip
