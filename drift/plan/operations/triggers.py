"""Statements about the triggers that keep two columns in step while a plan runs."""

from __future__ import annotations

from collections.abc import Mapping

from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.names import shortened
from drift.plan.operation import Lock, Operation, TableName


def name_for(table: TableName) -> str:
    """Return the name of the function and the trigger of a table."""
    return shortened(table[1], "_drift_fill")


def fill(table: TableName, values: Mapping[str, tuple[str, str]]) -> list[Operation]:
    """Fill new columns with every write; per new column the old one, and SQL that converts it."""
    function = ddl.path(table[0], name_for(table))
    lines = "\n".join(
        f"  NEW.{types.quote(new)} := {_of_row(old, value)};"
        for new, (old, value) in values.items()
    )
    body = ddl.dollar_quoted(f"BEGIN\n{lines}\n  RETURN NEW;\nEND")
    return [
        Operation(
            sql=f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger "
            f"LANGUAGE plpgsql AS {body}"
        ),
        Operation(
            sql=f"CREATE OR REPLACE TRIGGER {types.quote(name_for(table))} "
            f"BEFORE INSERT OR UPDATE ON {ddl.path(*table)} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()",
            locks={table: Lock.SHARE_ROW_EXCLUSIVE},
        ),
    ]


def _of_row(old: str, value: str) -> str:
    """Return the conversion of a value of the new row: `(SELECT … FROM (SELECT NEW.id AS id) r)`.

    The conversion names the column as SQL over its table does.
    """
    column = types.quote(old)
    return f"(SELECT {value} FROM (SELECT NEW.{column} AS {column}) r)"


def drop(table: TableName) -> list[str]:
    """Return the statements that drop the trigger and its function."""
    function = ddl.path(table[0], name_for(table))
    return [
        f"DROP TRIGGER IF EXISTS {types.quote(name_for(table))} ON {ddl.path(*table)}",
        f"DROP FUNCTION IF EXISTS {function}()",
    ]
