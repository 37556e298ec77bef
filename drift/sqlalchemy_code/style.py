"""The way in which code names SQLAlchemy's functions, and writes strings and SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from drift.sqlalchemy_code.code import Code, Import, call, literal

CORE = "sqlalchemy"
DIALECT = "sqlalchemy.dialects.postgresql"
_PARAMETER = re.compile(r"(?<![:\w$\\]):(?=[\w$]+(?![:\w$]))|(?<=\\):(?=[\w$]*(?![:\w$]))")
"""A colon that `text()` takes for the beginning of a parameter, or for an escaped one."""


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """The names in a file.

    `core` and `dialect` are the names of `sqlalchemy` and of its PostgreSQL dialect; "": each
    function is imported by its own name. `known` has the imports of the file, by their full
    names, and `taken` the names that mean something else there.
    `version` is that of SQLAlchemy. `conventions` says how the name of a constraint is protected
    from the naming convention of the metadata. With `creates_parts`, SQLAlchemy creates the
    enums and sequences that a table names.
    """

    core: str = "sa"
    dialect: str = "postgresql"
    known: Mapping[str, str] = {}
    taken: frozenset[str] = frozenset()
    quote: str = "'"
    version: tuple[int, ...] = (2, 0, 41)
    conventions: Literal["", "op.f", "conv"] = ""
    creates_parts: bool = False

    def of_core(self, name: str) -> Code:
        """Return the name of a function of `sqlalchemy`."""
        return self._name(CORE, name, self.core)

    def of_dialect(self, name: str) -> Code:
        """Return the name of a function of `sqlalchemy.dialects.postgresql`."""
        return self._name(DIALECT, name, self.dialect)

    def _name(self, module: str, name: str, prefix: str) -> Code:
        if own := self.known.get(f"{module}.{name}"):
            return Code(own)
        if prefix:
            return Code(f"{prefix}.{name}", frozenset({_module(module, prefix)}))
        return self.imported(module, name)

    def imported(self, module: str, name: str) -> Code:
        """Return a name that the file imports by itself; another one if it is taken."""
        if own := self.known.get(f"{module}.{name}"):
            return Code(own)
        alias = (f"sa_{name}" if name.islower() else f"Sa{name}") if name in self.taken else ""
        return Code(alias or name, frozenset({Import(module, name, alias)}))

    def string(self, value: str) -> Code:
        """Return a text as a literal."""
        return literal(value, self.quote)

    def sql(self, text: str) -> Code:
        """Return `text('…')`."""
        return call(self.of_core("text"), (self.sql_string(text),))

    def sql_string(self, text: str) -> Code:
        """Return SQL as a literal that SQLAlchemy reads by `text()`: without parameters in it.

        >>> Style().sql_string("a = ':b'").text
        '"a = \\'\\\\\\\\:b\\'"'
        """
        return self.string(_PARAMETER.sub(r"\\:", text))

    def constraint_name(self, name: str) -> Code:
        """Return the name of a constraint or an index, which no convention changes."""
        if self.conventions == "op.f":
            return call(Code("op.f"), (self.string(name),))
        if self.conventions == "conv":
            return call(self.imported("sqlalchemy.schema", "conv"), (self.string(name),))
        return self.string(name)


def _module(module: str, prefix: str) -> Import:
    package, _, name = module.rpartition(".")
    alias = "" if name == prefix else prefix
    return Import(package, name, alias) if package else Import(module, "", alias)


ALEMBIC = Style(conventions="op.f")
"""As Alembic's scripts have it: `sa.Column`, `postgresql.JSONB`, `op.f('name')`."""
MODELS = Style(core="", dialect="", quote='"', creates_parts=True)
"""Each name imported by itself: `Column`, `JSONB`."""
