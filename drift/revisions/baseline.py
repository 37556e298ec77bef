"""A first revision, which creates everything that a live database has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.kinds.table.table import Table
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import Operation
from drift.plan.operations import columns, constraints, indexes, relations
from drift.revisions import guards
from drift.revisions.body import Writer
from drift.revisions.code import write
from drift.revisions.language import Language
from drift.revisions.ordering import by_use, with_foreign_keys
from drift.revisions.plan_revisions import Revision, safe_message
from drift.revisions.surroundings import Surroundings

_SKIPPED = {"system", "extension", "alembic", "partition"}
"""Tables that something else creates; partitions have a statement of their own."""


class Section(msgspec.Struct, frozen=True):
    """Statements that belong together, and those that undo them, in order."""

    title: str
    up: tuple[Operation, ...]
    down: tuple[Operation, ...] = ()


def baseline(
    live: Schema, around: Surroundings, language: Language, message: str = "baseline"
) -> Revision:
    """Return the revision for a database that has no migrations."""
    sections = [section for section in _sections(live, around) if section.up]
    up, down = Writer(language), Writer(language)
    for text in missing(live, around):
        up.remark(f"Not part of this revision: {text}")
    for section in sections:
        _write(up, section.title, section.up, language)
    for section in reversed(sections):
        if section.down:
            _write(down, f"Undoes: {section.title}", section.down, language)
    return Revision(message=safe_message(message), upgrade=up.body(), downgrade=down.body())


def _write(writer: Writer, title: str, items: Iterable[Operation], language: Language) -> None:
    writer.remark(title)
    for operation in items:
        write(operation, language, writer.lines)


def missing(live: Schema, around: Surroundings) -> Iterator[str]:
    """Yield the objects of the database that the revision does not create."""
    for item in live.objects["table"]:
        if not item.stores_rows and item.managed is None:
            yield f"the {item.relation} {item.schema}.{item.name}"
    for item in live.objects["index"]:
        if not item.valid:
            yield f"the index {item.schema}.{item.name}, which is not valid"
    for word, number in around.others.items():
        yield f"{word} ({number})"


def _sections(live: Schema, around: Surroundings) -> Iterator[Section]:
    yield _schemas(live)
    yield _extensions(around)
    yield Section(
        "Enums",
        tuple(map(relations.create_enum, _own(live, "enum"))),
        tuple(relations.drop_type(item, "TYPE") for item in _own(live, "enum")),
    )
    domains = by_use(tuple(_own(live, "domain")))
    yield Section(
        "Domains",
        tuple(map(relations.create_domain, domains)),
        tuple(relations.drop_type(item, "DOMAIN") for item in reversed(domains)),
    )
    yield _sequences(live, around)
    yield from _tables(live, around)


def _own(live: Schema, kind: str) -> Iterator[Any]:
    return (item for item in live.objects.get(kind, ()) if not item.managed)


def _schemas(live: Schema) -> Section:
    """Create the schemas; drop them if they are empty, since Alembic's table may be in one."""
    names = [item.schema for item in live.objects["schema"] if item.schema != live.default_schema]
    up = tuple(map(relations.create_schema, names))
    return Section("Schemas", up, tuple(map(_drop_schema, reversed(names))))


def _drop_schema(name: str) -> Operation:
    owner = f"to_regnamespace({string_literal(types.quote(name))})"
    is_used = " OR ".join(
        f"EXISTS (SELECT FROM {table} WHERE {column} = {owner})"
        for table, column in (
            ("pg_class", "relnamespace"),
            ("pg_proc", "pronamespace"),
            ("pg_type", "typnamespace"),
        )
    )
    return Operation(sql=guards.unless(is_used, relations.drop_schema(name).sql))


def _extensions(around: Surroundings) -> Section:
    """Create the extensions; they stay, since other schemas may use them."""
    return Section(
        "Extensions; downgrade keeps them",
        tuple(
            Operation(
                sql=f"CREATE EXTENSION IF NOT EXISTS {types.quote(each.name)} "
                f"SCHEMA {types.quote(each.schema)}"
            )
            for each in around.extensions
        ),
    )


def _sequences(live: Schema, around: Surroundings) -> Section:
    """Create all sequences but those of identities, with which they are created."""
    made = {(each.schema, each.name) for each in around.sequences if each.how in {"i", "e"}}
    owned = {(each.schema, each.name) for each in around.sequences if each.how == "a"}
    items = [each for each in live.objects["sequence"] if (each.schema, each.name) not in made]
    return Section(
        "Sequences",
        tuple(map(relations.create_sequence, items)),
        tuple(
            relations.drop_sequence(each) for each in items if (each.schema, each.name) not in owned
        ),
    )


def _tables(live: Schema, around: Surroundings) -> Iterator[Section]:
    tables = [
        each for each in live.objects["table"] if each.stores_rows and each.managed not in _SKIPPED
    ]
    late: list[Any] = []
    for table, own in with_foreign_keys(tables, live.objects["foreign-key"]):
        later = [each for each in own if each.late or _needs_alter(each.key)]
        late += [each.key for each in later]
        inside = [each.key for each in own if each not in later]
        yield _table(table, live, inside)
    yield _partitions(around)
    yield from _foreign_keys(late)
    yield _owners(around)


def _needs_alter(item: Any) -> bool:
    """Return whether only ALTER TABLE can say a constraint: NOT VALID."""
    return not item.validated and item.enforced


def _table(table: Table, live: Schema, keys: Sequence[Any]) -> Section:
    name = (table.schema, str(table.name))
    own: Callable[[str], list[Any]] = lambda kind: [  # noqa: E731
        each for each in live.objects.get(kind, ()) if (each.schema, each.table) == name
    ]
    checks = own("check")
    inside = [*own("primary-key"), *own("unique"), *own("exclusion")]
    inside += [each for each in checks if not _needs_alter(each)] + list(keys)
    fields = [each for each in own("column") if not each.inherited]
    plain = [_without_not_valid(each) for each in fields]
    up = [relations.create_table(table, plain, [(each.name, each) for each in inside])]
    up += [
        constraints.not_null(name, str(each.name), each.unvalidated)
        for each in fields
        if each.unvalidated
    ]
    up += [constraints.add(each, each.name, valid=False) for each in checks if _needs_alter(each)]
    up += [
        indexes.create(each, each.name, concurrently=False) for each in own("index") if each.valid
    ]
    up += _comments(table, fields)
    return Section(
        f"Table {table.schema}.{table.name}", tuple(up), (relations.drop_table(table, ()),)
    )


def _without_not_valid(item: Any) -> Any:
    return msgspec.structs.replace(item, nullable=True) if item.unvalidated else item


def _comments(table: Table, fields: Iterable[Any]) -> Iterator[Operation]:
    if table.comment:
        yield relations.comment_on_table(table)
    yield from (columns.comment(each) for each in fields if each.comment)


def _partitions(around: Surroundings) -> Section:
    """Create the partitions, which get the constraints and indexes of their parents."""
    return Section(
        "Partitions; they are dropped with their parents",
        tuple(
            Operation(
                sql=f"CREATE TABLE IF NOT EXISTS {ddl.path(each.schema, each.name)} PARTITION OF "
                f"{ddl.path(each.parent_schema, each.parent)} {each.bound}"
                + (f" PARTITION BY {each.key}" if each.key else "")
            )
            for each in around.partitions
        ),
    )


def _foreign_keys(keys: Sequence[Any]) -> Iterator[Section]:
    yield Section(
        "Foreign keys between tables that refer to each other, and those that are NOT VALID",
        tuple(constraints.add(each, each.name, valid=each.validated) for each in keys),
        tuple(constraints.drop(each, each.name) for each in keys),
    )


def _owners(around: Surroundings) -> Section:
    """Give the sequences their owners: they are dropped with their columns."""
    return Section(
        "Owners of sequences",
        tuple(
            Operation(
                sql=f"ALTER SEQUENCE {ddl.path(each.schema, each.name)} OWNED BY "
                f"{ddl.path(each.table_schema, each.table)}.{types.quote(each.column)}"
            )
            for each in around.sequences
            if each.how == "a" and each.table_schema and each.table and each.column
        ),
    )
