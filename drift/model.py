"""The values that every part shares: schemas and their objects, rules, expressions and answers.

Frozen values only; nothing here reads or writes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

Facts: TypeAlias = Mapping[str, Any]


class Severity(StrEnum):
    """The impact on the running application, not the cost of the fix."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting puts errors first."""
        return _RANKS[self]

    def reaches(self, level: Severity) -> bool:
        """Whether this is at least as bad as `level`."""
        return self.rank <= level.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
"""The sort order of findings. A search through the levels took half of a text report of 3,000."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of difference. Users type its `id` in ignore entries; it is never renamed.

    A rule without `difference` is a remark: its findings leave the check in sync. A rule of
    `advice` is one that is off unless the user asks for it.
    """

    id: str
    severity: Severity
    summary: str
    impact: str
    remedy: str
    difference: bool = True
    advice: bool = False


class ObjectRef(msgspec.Struct, frozen=True, order=True):
    """Names one database object; `table` is None for an object of no table (an enum)."""

    kind: str
    schema: str
    table: str | None
    name: str

    @property
    def path(self) -> str:
        """`schema.table.name`; a table is `schema.table`, an enum `schema.name`.

        An extension, whose schema is "", is `name`.
        """
        alone = self.kind in {"table", "schema"}
        parts = (self.schema or None, self.table, None if alone else self.name)
        return ".".join(part for part in parts if part is not None)


class Location(msgspec.Struct, frozen=True):
    """The line on which a model declares an object; `file` as users type it, `line` from 1."""

    file: str
    line: int


class DatabaseObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of every kind's struct. `name` is None if the model leaves it to PostgreSQL.

    `called` is the name that PostgreSQL gives to such an object when it makes the table.
    """

    schema: str
    table: str | None = None
    name: str | None = None
    called: str | None = None


class Expression(msgspec.Struct, frozen=True, order=True, gc=False):
    """SQL text over the columns of one table; a default is converted to the type of `column`.

    With `is_type`, the text is the name of a type. With `definition_of`, it is a part of the
    definition of an object of that kind, whose name is `table`; `column` is the name of the part.
    """

    schema: str
    table: str
    text: str
    column: str | None = None
    is_type: bool = False
    definition_of: str = ""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The spelling of an expression that is compared with others of the same table.

    PostgreSQL prints it after parsing; or it is drift's own spelling, with the `reason` why the
    server was not asked or refused to answer. `calls` are the calls in it that can only be compared
    as text. With `open`, the texts mean nothing: the expression is not compared.
    `absent`: it is a type that does not exist in the database.
    """

    text: str | None = None
    reason: str | None = None
    calls: tuple[str, ...] = ()
    open: bool = False
    absent: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An object of the models that cannot be created, and why.

    With `optional`, the models leave open if it is created at all.
    """

    object: ObjectRef
    reason: str
    optional: bool = False


class Schema(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All objects of one side, from any source: kind name → objects.

    `managed_schemas` are those whose tables are all meant to be here: a table that only the other
    side has is a difference. `problems` are objects that could not be read as declared, `notes` and
    `unread` sentences about objects that were not compared; `unread` makes a check incomplete.
    `label` is the name of this side in messages. A `complete` schema leaves nothing open for
    PostgreSQL to fill in: a server had it. `strict` are the optional kinds of which every object
    should be declared.
    """

    source: str
    name: str
    default_schema: str
    managed_schemas: frozenset[str] = frozenset()
    objects: Mapping[str, tuple[Any, ...]]
    search_path: tuple[str, ...] = ()
    not_compared: Mapping[str, int] = {}
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    label: str = ""
    complete: bool = False
    strict: frozenset[str] = frozenset()

    @cached_property
    def column_types(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        """The types of all columns, by schema and table, then by name."""
        types: dict[tuple[str, str], dict[str, str]] = {}
        # those of one table follow each other: its entry is looked up once
        for owner, columns in groupby(self.objects.get("column", ()), _OWNER):
            types.setdefault(owner, {}).update({each.name: each.type for each in columns})
        return types


_OWNER = attrgetter("schema", "table")
