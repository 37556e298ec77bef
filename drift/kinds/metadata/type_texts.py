"""The DDL texts of SQLAlchemy's types, as the PostgreSQL dialect's compiler writes them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

from drift.kinds.metadata.sqlalchemy_adapter import is_compiled_by_project


class TypeTexts:
    """Writes types; equal ones once: compiling is a quarter of the work for a simple column."""

    def __init__(self, dialect: Any) -> None:
        """Take the dialect of the server's version."""
        compiler = getattr(dialect, "type_compiler_instance", None)  # None: SQLAlchemy 1.4
        self._compiler = compiler or dialect.type_compiler
        self._preparer = dialect.identifier_preparer
        self._known: dict[Hashable, str] = {}
        self._plain: dict[type, bool] = {}

    def of(self, type_: Any, column: Any = None) -> str:
        """Return a type's text; code of the projects may look at its column."""
        key = (type(type_), *vars(type_).items())
        try:
            known = self._known.get(key)
        except TypeError:  # one of its arguments has no hash, such as the labels of an enum
            return self._written(type_, column)
        if known is None:
            known = self._written(type_, column)
            if self._is_plain(type(type_)):
                self._known[key] = known
        return known

    def other(self, type_: Any) -> str | None:
        """Return a decorated type's text by psycopg 3's own dialect, if that is another.

        SQLAlchemy adapts the result of `load_dialect_impl` to the driver's types: a CHAR comes out
        as VARCHAR by this driver, and as CHAR by the others.
        """
        if not hasattr(type_, "load_dialect_impl") or self._driver is None:
            return None
        own = self.of(type_)
        other = str(self._driver.type_compiler_instance.process(type_))
        return None if other == own else other

    def _written(self, type_: Any, column: Any) -> str:
        process = self._compiler.process
        return str(process(type_, type_expression=column, identifier_preparer=self._preparer))

    def _is_plain(self, type_: type) -> bool:
        """Return whether a type is SQLAlchemy's own, and no code of a project writes it."""
        if (plain := self._plain.get(type_)) is None:
            own = type_.__module__.startswith("sqlalchemy.")
            plain = self._plain[type_] = own and not is_compiled_by_project(type_)
        return plain

    @cached_property
    def _driver(self) -> Any:
        try:
            from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
        except ImportError:  # SQLAlchemy 1.4
            return None
        driver: Any = PGDialect_psycopg
        return driver()
