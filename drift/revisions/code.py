"""An operation as the lines of a revision: Alembic's own operation, or SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from drift.formats.plan.sql_done import done
from drift.plan.operation import Operation
from drift.revisions import columns, guards, keys, tables
from drift.revisions.language import INDENT, Language, lines_of
from drift.sqlalchemy_code.code import Code, Import

Writer: TypeAlias = Callable[[Operation, Language], Code | None]

_WRITERS: Mapping[str, Writer] = {
    "add_column": columns.add_column,
    "drop_column": columns.drop_column,
    "alter_type": columns.alter_type,
    "set_nullable": columns.set_nullable,
    "set_default": columns.set_default,
    "set_comment": columns.set_comment,
    "create_table": tables.create_table,
    "drop_table": tables.drop_table,
    "set_table_comment": tables.set_table_comment,
    "create_index": keys.create_index,
    "drop_index": keys.drop_index,
    "add_PrimaryKey": keys.add_primary_key,
    "add_Unique": keys.add_unique,
    "add_Check": keys.add_check,
    "add_ForeignKey": keys.add_foreign_key,
    "add_Exclusion": keys.add_exclusion,
    "drop_constraint": keys.drop_constraint,
}
"""Alembic has no operation for the other actions, such as CREATE TYPE: they stay SQL."""


class Lines(list[str]):
    """Lines of a function, and the imports that they need."""

    def __init__(self) -> None:
        """Begin without lines."""
        super().__init__()
        self.imports: set[Import] = set()

    def add(self, code: Code, indent: int) -> None:
        """Add a statement."""
        self.extend(lines_of(code, indent))
        self.imports |= code.imports


def alembic(operation: Operation, language: Language) -> Code | None:
    """Return the call of Alembic's own operation; None if only SQL can say it."""
    writer = _WRITERS.get(operation.action)
    return writer(operation, language) if writer else None


def write(
    operation: Operation, language: Language, lines: Lines, indent: int = 1, *, again: bool = False
) -> None:
    """Add the lines of an operation.

    `again`: it may have run before; then it runs only if its condition is not true yet. Alembic's
    offline mode has no database to ask, so that it writes the plain statement; only SQL that can
    be part of a transaction has its condition there, too.
    """
    code = alembic(operation, language)
    condition = done(operation) if again else ""
    if code is None and condition and operation.transactional:
        lines.add(language.execute(guards.unless(condition, operation.sql)), indent)
        return
    code = code or language.execute(operation.sql)
    if condition:
        lines.extend(_condition(condition, language, lines, indent))
        indent += 1
    lines.add(code, indent)


def _condition(condition: str, language: Language, lines: Lines, indent: int) -> list[str]:
    query = language.style.sql(f"SELECT {condition}")
    lines.imports |= query.imports
    opening = f"{INDENT * indent}if op.get_context().as_sql or not op.get_bind().scalar("
    text = query.laid_out(len(INDENT) * indent, before=len(opening) + len("):"))
    return f"{opening}{text}):".split("\n")
