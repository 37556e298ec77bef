"""Statements about schemas, tables, sequences, enums and domains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.sequence.kind import Sequence
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.kinds.table.table import Table
from drift.plan import ddl, excuses
from drift.plan.operation import Lock, Operation, TableName, Work


def create_schema(schema: str) -> Operation:
    """Create a schema."""
    return Operation(sql=f"CREATE SCHEMA IF NOT EXISTS {types.quote(schema)}")


def drop_schema(schema: str) -> Operation:
    """Drop a schema, which fails as long as it holds anything."""
    return Operation(sql=f"DROP SCHEMA IF EXISTS {types.quote(schema)}")


def create_table(
    item: Table, columns: Iterable[Any], constraints: Iterable[tuple[str | None, Any]]
) -> Operation:
    """Create a table with its columns, and with constraints by their names."""
    from drift.plan.operations.constraints import clause

    columns, constraints = tuple(columns), tuple(constraints)
    clauses = (
        (f"CONSTRAINT {types.quote(name)} " if name else "") + clause(each)
        for name, each in constraints
    )
    parents = {(item.schema, parent): Lock.SHARE_UPDATE_EXCLUSIVE for parent in item.inherits}
    return Operation(
        sql=ddl.table(item, map(ddl.column, columns), clauses),
        locks=parents,
        action="create_table",
        item=item,
        options={"columns": columns, "constraints": constraints},
        excuses={rule: why for each in columns for rule, why in excuses.of_type(each.type).items()},
    )


def drop_table(item: Table, referenced: Iterable[TableName]) -> Operation:
    """Drop a table; the tables that its foreign keys refer to are locked, too."""
    name = (item.schema, str(item.name))
    return Operation(
        sql=f"DROP TABLE IF EXISTS {ddl.path(*name)}",
        locks=dict.fromkeys((name, *referenced), Lock.ACCESS_EXCLUSIVE),
        action="drop_table",
        item=item,
        excuses=excuses.of_drop("TABLE"),
    )


def drop_view(item: Table, word: str) -> Operation:
    """Drop a view, unless a table has its name already."""
    name = (item.schema, str(item.name))
    kind = "m" if word == "MATERIALIZED VIEW" else "v"
    return Operation(
        sql=f"DROP {word} {ddl.path(*name)}",
        locks={name: Lock.ACCESS_EXCLUSIVE},
        done=f"NOT EXISTS (SELECT FROM pg_class WHERE oid = {ddl.to_regclass(name)}"
        f" AND relkind = '{kind}')",
        excuses=excuses.of_drop(word),
    )


def comment_on_table(item: Table, word: str = "TABLE") -> Operation:
    """Set or drop the comment on a table or view."""
    text = string_literal(item.comment) if item.comment else "NULL"
    name = (item.schema, str(item.name))
    return Operation(
        sql=f"COMMENT ON {word} {ddl.path(*name)} IS {text}",
        locks={name: Lock.SHARE_UPDATE_EXCLUSIVE},
        action="set_table_comment" if word == "TABLE" else "",
        item=item,
    )


def set_logged(item: Table) -> Operation:
    """Make a table logged or unlogged, which copies it."""
    name = (item.schema, str(item.name))
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*name)} SET {'UNLOGGED' if item.unlogged else 'LOGGED'}",
        locks={name: Lock.ACCESS_EXCLUSIVE},
        work=Work.REWRITE,
    )


def set_storage(
    item: Table, parameters: Mapping[str, str], reset: Iterable[str]
) -> list[Operation]:
    """Set and reset storage parameters, which apply to pages that are written from now on."""
    name = (item.schema, str(item.name))
    pairs = ", ".join(ddl.storage_pair(*pair) for pair in sorted(parameters.items()))
    clauses = ([f"SET ({pairs})"] if pairs else []) + [
        f"RESET ({ddl.storage_name(each)})" for each in sorted(reset)
    ]
    lock = {name: Lock.SHARE_UPDATE_EXCLUSIVE}
    return [Operation(sql=f"ALTER TABLE {ddl.path(*name)} {each}", locks=lock) for each in clauses]


def inherit(item: Table, parent: str, *, add: bool) -> Operation:
    """Make a table inherit from another one that exists, or end that; both keep their rows."""
    name = (item.schema, str(item.name))
    parts = types.split(types.qualified(parent))
    of = (parts[0], parts[1]) if len(parts) == 2 else (item.schema, parts[0])
    is_child = (
        f"EXISTS (SELECT FROM pg_inherits WHERE inhrelid = {ddl.to_regclass(name)}"
        f" AND inhparent = {ddl.to_regclass(of)})"
    )
    word = "INHERIT" if add else "NO INHERIT"
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*name)} {word} {ddl.path(*of)}",
        locks={name: Lock.ACCESS_EXCLUSIVE, of: Lock.SHARE_UPDATE_EXCLUSIVE},
        done=is_child if add else f"NOT {is_child}",
    )


def create_enum(item: Enum) -> Operation:
    """Create an enum."""
    return Operation(sql=ddl.enum(item), done=type_exists(item), action="create_enum", item=item)


def type_exists(item: Any) -> str:
    """Return a condition: the type exists."""
    return f"to_regtype({string_literal(ddl.path(item.schema, str(item.name)))}) IS NOT NULL"


def add_label(item: Enum, label: str, neighbour: str) -> Operation:
    """Add a label; `neighbour` is `BEFORE 'x'` or `AFTER 'x'`. No table is locked."""
    name = ddl.path(item.schema, str(item.name))
    text = string_literal(label)
    return Operation(sql=f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {text} {neighbour}".rstrip())


def create_domain(item: Domain) -> Operation:
    """Create a domain."""
    return Operation(
        sql=ddl.domain(item),
        done=type_exists(item),
        action="create_domain",
        item=item,
        excuses=excuses.OF_DOMAIN,
    )


def alter_domain(
    item: Domain,
    clause: str,
    tables: Iterable[TableName] = (),
    *,
    work: Work = Work.CATALOG,
    done: str = "",
) -> Operation:
    """Change a domain; a check that is validated stops writes to all its tables."""
    return Operation(
        sql=f"ALTER DOMAIN {ddl.path(item.schema, str(item.name))} {clause}",
        locks=dict.fromkeys(tables, Lock.SHARE),
        work=work,
        done=done,
        excuses=_of_domain(clause),
    )


def _of_domain(clause: str) -> Mapping[str, str]:
    """Return the rule against a clause of ALTER DOMAIN."""
    rules: Mapping[str, Mapping[str, str]] = {
        "ADD CONSTRAINT": excuses.OF_DOMAIN,
        "RENAME TO": excuses.of_type_name(),
        "DROP CONSTRAINT": excuses.DROP_CONSTRAINT,
        "DROP NOT NULL": excuses.DROP_NOT_NULL,
        "DROP DEFAULT": excuses.DROP_DEFAULT,
    }
    return next((rule for words, rule in rules.items() if clause.startswith(words)), {})


def drop_type(item: Any, word: str) -> Operation:
    """Drop an enum or a domain, which fails as long as a column uses it."""
    name = ddl.path(item.schema, str(item.name))
    return Operation(
        sql=f"DROP {word} IF EXISTS {name}",
        done=f"NOT {type_exists(item)}",
        action="drop_type",
        item=item,
        excuses=excuses.of_drop(word),
    )


def rename_type(item: Any, new: str) -> Operation:
    """Rename an enum."""
    return Operation(
        sql=f"ALTER TYPE {ddl.path(item.schema, str(item.name))} RENAME TO {types.quote(new)}",
        excuses=excuses.of_type_name(),
    )


def create_sequence(item: Sequence) -> Operation:
    """Create a sequence."""
    return Operation(sql=ddl.sequence(item), action="create_sequence", item=item)


def alter_sequence(item: Sequence, clause: str) -> Operation:
    """Change the options of a sequence."""
    return Operation(sql=f"ALTER SEQUENCE {ddl.path(item.schema, str(item.name))} {clause}")


def drop_sequence(item: Sequence) -> Operation:
    """Drop a sequence, which fails as long as a default uses it."""
    name = ddl.path(item.schema, str(item.name))
    return Operation(
        sql=f"DROP SEQUENCE IF EXISTS {name}",
        action="drop_sequence",
        item=item,
        excuses=excuses.of_drop("SEQUENCE"),
    )
