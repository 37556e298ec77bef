"""Schemas, tables and sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drift.kinds.sequence.kind import UsedSequence
from drift.kinds.sequence.options import complete
from drift.kinds.sql import types
from drift.kinds.table.table import Table
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of
from drift.plan.operation import Operation
from drift.plan.operations import columns, constraints, indexes, relations
from drift.plan.recipe import Change, Outcome, Refused, Release, step, unless_small
from drift.plan.recipes import domains, enums, numbering
from drift.plan.step import Hazard, Phase


def missing_schema(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the schema, and everything that it should hold."""
    schema = change.wanted.schema
    yield step(
        f"create the schema {types.quote(schema)}", Phase.SCHEMAS, relations.create_schema(schema)
    )
    for kind, recipe in (
        ("enum", enums.missing),
        ("domain", domains.missing),
        ("sequence", missing_sequence),
        ("table", missing_table),
    ):
        for item in context.wanted.objects.get(kind, ()):
            if item.schema == schema and not isinstance(item, UsedSequence):
                yield from recipe(Change(kind=kind, wanted=item), context)


def extra_schema(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a schema, after that of all that it holds."""
    schema = change.present.schema
    for kind, recipe in (
        ("table", extra_table),
        ("sequence", extra_sequence),
        ("domain", enums.extra),
        ("enum", enums.extra),
    ):
        for item in context.present.objects.get(kind, ()):
            owned = kind == "sequence" and item.owned
            if item.schema == schema and not owned:
                yield from recipe(Change(kind=kind, present=item), context)
    yield step(
        f"drop the schema {types.quote(schema)}",
        Phase.DROP_SCHEMAS,
        relations.drop_schema(schema),
        hazards=[Hazard.DROP],
    )


def missing_table(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the table with its constraints and indexes; foreign keys lock other tables later."""
    item: Table = change.wanted
    if not item.stores_rows:
        yield Refused(f"it is a {item.relation}; create it in a migration of its own")
        return
    table = (item.schema, str(item.name))
    own = [c for c in context.wanted_of("column", table) if not _inherited(c, item, context)]
    serial = [column for column in own if column.serial and not column.identity]
    path = ddl.path(*table)
    remarks = ["it has no partitions yet, so that every INSERT fails"] if item.partition_key else []
    names = (name for name, _ in _constraints(table, context) if name)
    if taken := [name for name in names if context.is_taken(table[0], name)]:
        yield Refused(
            f"another table has an index of the name {', '.join(taken)}; rename that first"
        )
        return
    yield step(
        f"create the table {path}",
        Phase.TABLES,
        [
            *(numbering.own_sequence(column) for column in serial),
            relations.create_table(
                item, map(numbering.with_default, own), _constraints(table, context)
            ),
            *(numbering.owned(column) for column in serial),
            *_indexes(table, context),
        ],
        table=table,
        remarks=remarks,
    )
    comments = [relations.comment_on_table(item)] if item.comment else []
    comments += [columns.comment(column) for column in own if column.comment]
    if comments:
        yield step(f"comment on {path}", Phase.COMMENTS, comments, table=table)
    for key in context.wanted_of("foreign-key", table):
        name = name_of("foreign-key", key)
        add = constraints.add(key, name)
        yield step(f"add the foreign key {types.quote(name)}", Phase.FOREIGN_KEYS, add, table=table)


def _inherited(column: Any, item: Table, context: Context) -> bool:
    return any(
        context.wanted_column((item.schema, parent), column.name) for parent in item.inherits
    )


def _constraints(table: tuple[str, str], context: Context) -> Iterator[tuple[str | None, Any]]:
    """Yield the constraints with their names; PostgreSQL names those without one."""
    for kind in ("primary-key", "unique", "check", "exclusion"):
        for each in context.wanted_of(kind, table):
            yield each.name, each


def _indexes(table: tuple[str, str], context: Context) -> Iterator[Operation]:
    for index in context.wanted_of("index", table):
        yield indexes.create(index, context.free_name("index", index), concurrently=False)


def extra_table(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a table, and before it of the foreign keys that point at it."""
    item: Table = change.present
    table = (item.schema, str(item.name))
    if users := context.users_of_table(table):
        yield Refused(f"the table is used by {', '.join(users)}; drop that first")
        return
    for key in context.present.objects.get("foreign-key", ()):
        if constraints.target(key) == table and ddl.table_name(key) != table:
            yield Release(kind="foreign-key", item=key, last=True)
    referenced = [constraints.target(key) for key in context.present_of("foreign-key", table)]
    yield step(
        f"drop the table {ddl.path(*table)}",
        Phase.DROP_TABLES,
        relations.drop_table(item, referenced),
        table=table,
        hazards=[Hazard.DROP],
    )


_IN_PLACE = frozenset({"comment", "unlogged", "storage", "inherits"})


def changed_table(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the changes that PostgreSQL can make in place."""
    wanted, present = change.wanted, change.present
    attributes = {name.partition(".")[0] for name in change.attributes}
    if "relation" in attributes and present.relation in {"view", "materialized view"}:
        yield from _instead_of_view(change, context)
        return
    if attributes - _IN_PLACE:
        changes = " and ".join(sorted(attributes - _IN_PLACE))
        yield Refused(
            f"PostgreSQL cannot change the {changes} of a table in place: create another one, "
            "copy the rows, and swap their names"
        )
        return
    table, path = (wanted.schema, str(wanted.name)), ddl.path(wanted.schema, str(wanted.name))
    if "inherits" in attributes:
        yield step(
            f"change the parents of {path}",
            Phase.TABLE_OPTIONS,
            list(_inheritance(wanted, present)),
            table=table,
        )
    if "unlogged" in attributes:
        yield step(
            f"make {path} {'unlogged' if wanted.unlogged else 'logged'}",
            Phase.TABLE_OPTIONS,
            relations.set_logged(wanted),
            table=table,
            hazards=unless_small(Hazard.REWRITE, context, table),
        )
    if "storage" in attributes:
        yield step(
            f"set the storage parameters of {path}",
            Phase.TABLE_OPTIONS,
            _storage(wanted, present, context),
            table=table,
        )
    if "comment" in attributes:
        word = present.relation.upper() if not present.stores_rows else "TABLE"
        yield step(
            f"comment on {path}",
            Phase.COMMENTS,
            relations.comment_on_table(wanted, word),
            table=table,
        )


def _instead_of_view(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a view, and the table in its place."""
    present = change.present
    table, word = (present.schema, str(present.name)), present.relation.upper()
    if users := context.users_of_table(table):
        yield Refused(f"the {present.relation} is used by {', '.join(users)}; drop that first")
        return
    made = list(missing_table(change, context))
    yield step(
        f"drop the {present.relation} {ddl.path(*table)}",
        Phase.SCHEMAS,
        relations.drop_view(present, word),
        table=table,
        hazards=[Hazard.DROP],
    )
    yield from made


def _inheritance(wanted: Table, present: Table) -> Iterator[Operation]:
    for parent in (*wanted.inherits, *present.inherits):
        if parent in wanted.inherits and parent in present.inherits:
            continue
        yield relations.inherit(wanted, parent, add=parent in wanted.inherits)


def _storage(wanted: Table, present: Table, context: Context) -> list[Operation]:
    new = dict(context.filled("table", wanted, present).storage)
    old = dict(present.storage)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    return relations.set_storage(wanted, changed, set(old) - set(new))


def missing_sequence(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the sequence."""
    del context
    name = ddl.path(change.wanted.schema, change.wanted.name)
    yield step(f"create the sequence {name}", Phase.TYPES, relations.create_sequence(change.wanted))


def extra_sequence(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a sequence."""
    del context
    name = ddl.path(change.present.schema, change.present.name)
    yield step(
        f"drop the sequence {name}",
        Phase.DROP_TYPES,
        relations.drop_sequence(change.present),
        hazards=[Hazard.DROP],
    )


def changed_sequence(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield one ALTER SEQUENCE; PostgreSQL refuses bounds that exclude the last number."""
    del context
    wanted, present = change.wanted, change.present
    clause = ddl.sequence_options(complete(wanted.options, wanted.type))
    of_type = f"AS {wanted.type} " if wanted.type != present.type else ""
    name = ddl.path(wanted.schema, wanted.name)
    yield step(
        f"change the sequence {name}",
        Phase.TYPES,
        relations.alter_sequence(wanted, of_type + clause),
    )
