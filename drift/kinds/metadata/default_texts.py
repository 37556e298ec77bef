"""The DDL texts of server defaults, as the PostgreSQL dialect's compiler writes them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from drift.kinds.metadata.sqlalchemy_adapter import (
    is_compiled_by_project,
    is_text_without_parameters,
)


class DefaultTexts:
    """Writes defaults; equal ones once.

    Most are a number, a word or `now()`: compiling them again for every column would be a tenth of
    the time that declaring takes.
    """

    def __init__(self, compiler: Any) -> None:
        """Take the DDL compiler of the server's version."""
        self._compiler = compiler
        self._known: dict[Hashable, str | None] = {}

    def of(self, column: Any) -> str | None:
        """Return the SQL after DEFAULT; None if there is none."""
        key = _key(column.server_default)
        if key is None:
            return self._written(column)
        if key not in self._known:
            self._known[key] = self._written(column)
        return self._known[key]

    def _written(self, column: Any) -> str | None:
        text = self._compiler.get_column_default_string(column)
        return None if text is None else str(text)


def _key(default: Any) -> Hashable | None:
    """Return a key that equal defaults share; None for one that must be compiled each time."""
    from sqlalchemy.schema import DefaultClause

    # a project's own class may have an `arg` that is never written
    value: Any = default.arg if type(default) is DefaultClause else None
    class_ = type(value)
    if class_ is str:
        return class_, value
    if not class_.__module__.startswith("sqlalchemy.sql.") or is_compiled_by_project(class_):
        return None
    if is_text_without_parameters(value):
        return class_, value.text
    return _key_of_call(class_, value)


def _key_of_call(class_: type, value: Any) -> Hashable | None:
    """Return a key for a call without arguments, such as `func.now()`."""
    from sqlalchemy.sql.functions import AnsiFunction, Function, now

    # others have more than a name and arguments: `next_value` has a sequence
    if not (class_ is Function or issubclass(class_, AnsiFunction | now)) or len(value.clauses):
        return None
    names = (*getattr(value, "packagenames", ()), value.name)
    # two names may be equal and only one of them quoted, or quoted if it is a keyword
    return class_, tuple((type(name), name, getattr(name, "quote", None)) for name in names)
