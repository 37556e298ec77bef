"""Facts about a live database that a plan needs beyond the compared objects."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from drift.plan.operation import TableName


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table: `bytes` of its pages and those of its partitions, by the last VACUUM or ANALYZE.

    `rows` is an estimate, None if there was none yet. `partitions` are its leaves, `nested` if
    they are partitioned themselves.
    """

    schema: str
    name: str
    bytes: int = 0
    rows: int | None = None
    partitions: tuple[TableName, ...] = ()
    nested: bool = False


class Dependent(msgspec.Struct, frozen=True, kw_only=True):
    """An object that uses a column and is not compared, such as a view.

    `kind` is its noun, such as `view`; `name` is qualified. PostgreSQL refuses to change the type
    of the column, or to drop it, as long as it exists.
    """

    schema: str
    table: str
    column: str
    kind: str
    name: str


class TypeUse(msgspec.Struct, frozen=True, kw_only=True):
    """A column of any table that has an enum or a domain as its type, or as that of its items."""

    type_schema: str
    type_name: str
    schema: str
    table: str
    column: str
    array: bool = False


class DomainCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a domain by its name."""

    schema: str
    domain: str
    name: str
    expression: str
    validated: bool = True


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """A partition and its bound, such as `FOR VALUES IN ('x')`; None if a lock hides it."""

    schema: str
    name: str
    parent_schema: str
    parent: str
    bound: str | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A view with its query; None if another session holds a lock on any table."""

    schema: str
    name: str
    query: str | None
    materialized: bool = False


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """An installed extension; its objects are in `schema`, and not in that of a table."""

    schema: str
    name: str


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and dependent objects of the checked schemas; the extensions are of the database."""

    relations: tuple[Relation, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    type_uses: tuple[TypeUse, ...] = ()
    domain_checks: tuple[DomainCheck, ...] = ()
    partitions: tuple[Partition, ...] = ()
    views: tuple[View, ...] = ()
    extensions: tuple[Extension, ...] = ()

    def by_name(self) -> Mapping[TableName, Relation]:
        """Return the relations by schema and name."""
        return {(relation.schema, relation.name): relation for relation in self.relations}
