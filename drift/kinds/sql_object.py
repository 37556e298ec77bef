"""The base of all kinds whose objects are declared as SQL: views, functions, triggers.

No metadata describes such an object. It is created on a scratch server and read there, so that a
server has printed both sides of a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Literal, TypeVar

import msgspec

from drift.kinds.base import Ask, Kind, noun_of
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.sql import types
from drift.model import DatabaseObject, Expression, Location, Schema

T = TypeVar("T", bound=DatabaseObject)


class SqlObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object as the project declares it; `schema` is None if the search path decides.

    `statements` create it. `name` is the bare name, and `arguments` the types of a function's, as
    far as they are known. The kind is "" for an object that is not compared, but that others need.
    `roles` are those of a policy, None if they are not known: our servers need not have them.
    `at_least`: more than declared is no difference.
    """

    kind: str
    name: str
    statements: tuple[str, ...]
    schema: str | None = None
    table: str | None = None
    location: Location | None = None
    roles: tuple[str, ...] | None = None
    at_least: bool = False

    @property
    def title(self) -> str:
        """The name for messages, such as `view public.active_users`."""
        parts = (self.schema, self.table, self.name)
        return f"{self.kind} {'.'.join(filter(None, parts))}".strip()


class SqlObjectKind(Kind[T]):
    """A kind whose objects are declared as SQL."""

    is_optional = True
    lives_in: ClassVar[Literal["table", "schema", "database"]] = "schema"
    needs_server: ClassVar[bool] = True
    """Whether an object is only known after a server has created it."""
    definitions: ClassVar[tuple[str, ...]] = ("definition",)
    """The attributes that a server prints: only equal if the same server has printed them."""

    def declare(self, declaration: Declaration) -> Iterable[T]:
        """Yield nothing: metadata has no such object."""
        del declaration
        return ()

    def comparable(self, item: T, ask: Ask) -> dict[str, Any]:
        values = super().comparable(item, ask)
        values |= {str(each.column): ask(each) for each in self.expressions(item)}
        return values

    def expressions(self, item: T) -> Iterator[Expression]:
        """Yield the parts of the definition that a server prints; `column` is the attribute."""
        for name in self.definitions:
            if (text := getattr(item, name)) is not None:
                owner = self.owner(item)
                yield Expression(item.schema, owner, text, column=name, definition_of=self.name)

    def owner(self, item: T) -> str:
        """Return the name of an object within its schema."""
        return f"{item.table}.{item.name}" if item.table else str(item.name)

    def can_be_copied(self, item: T) -> bool:
        """Return whether a live object may be created on the scratch server."""
        return all(getattr(item, name) is not None for name in self.definitions)

    def with_server_defaults(self, declared: T, live: T) -> T:
        """Return `declared`; a definition that either side hides is that of the other one."""
        hidden = {
            name: getattr(live, name)
            for name in self.definitions
            if getattr(live, name) is None and getattr(declared, name) is not None
        }
        return msgspec.structs.replace(declared, **hidden) if hidden else declared

    def create(self, item: T) -> str:
        """Return the statement that creates an object, or replaces it."""
        raise NotImplementedError

    def stand_in(self, item: T) -> str:
        """Return the statement for a stand-in on which other objects can depend; "" if none can.

        It is run if the object itself cannot be created, as a view of a table that is not there.
        """
        del item
        return ""

    def read(self, items: Sequence[SqlObject], declared: Schema, live: Schema) -> Iterable[T]:
        """Return the objects of a kind that needs no server, from their statements.

        `declared` are the tables that they may be about, `live` is the other side.
        """
        raise NotImplementedError

    def completed(self, item: T, declared: SqlObject) -> T:
        """Return an object of the scratch server with the facts that only the declaration has."""
        del declared
        return item

    def repair(self, declared: T, live: T | None) -> str:
        """Return the statements that make `live` as declared; "" if they are not known."""
        del live
        return self.create(declared) if self.can_be_copied(declared) else ""

    def removal(self, item: T) -> str:
        """Return the statement that removes an object."""
        del item
        return f"DROP {noun_of(self.name).upper()}"

    def named(self, declared: SqlObject, default_schema: str) -> T:
        """Return an object of which only the name is known."""
        raise NotImplementedError

    def is_meant(self, item: T, declared: SqlObject, default_schema: str) -> bool:
        """Return whether an object that a server has is the one that is declared."""
        own = (item.schema, item.table, self.bare_name(item))
        return own == (declared.schema or default_schema, declared.table, declared.name)

    def bare_name(self, item: T) -> str:
        """Return the name without other parts of the identity, such as argument types."""
        return str(item.name)


def path(item: Any) -> str:
    """Return the qualified name of an object, quoted if necessary."""
    return f"{types.quote(item.schema)}.{types.quote(item.name)}"
