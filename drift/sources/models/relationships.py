"""The relationships of mapped classes, as the rules of advice need them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from drift.kinds.advice.mappings import Relationship
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.sqlalchemy_adapter import registries

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper

UNLOADED = {"noload", "write_only"}
"""Ways of loading that never load the children of a deleted row."""
_PLAIN = {"binary", "column", "clauselist", "expression_clauselist", "grouping"}
"""Elements of a join condition that only compares pairs of columns."""


def mappers_of(tables: Collection[Any]) -> list[Mapper[Any]]:
    """Return the mappers of some tables, configured as the application's first query does.

    Raises the models' exceptions meanwhile.
    """
    ids = set(map(id, tables))
    for registry in list(registries()):
        if any(id(mapper.local_table) in ids for mapper in registry.mappers):
            registry.configure(cascade=True)
    mappers = (m for registry in list(registries()) for m in registry.mappers)
    own = [mapper for mapper in mappers if id(mapper.local_table) in ids]
    return sorted(own, key=lambda m: (str(m.class_.__module__), m.class_.__qualname__))


def relationships(mappers: Iterable[Any], declaration: Declaration) -> Iterator[Relationship]:
    """Yield the relationships from one to many and from many to many."""
    items = [
        (mapper, item)
        for mapper in mappers
        for each in mapper.relationships
        if each.parent is mapper and (item := _read(each, declaration))
    ]
    writers = Counter(_writes(mapper, item) for mapper, item in items if not item.view_only)
    for mapper, item in items:
        alone = writers[_writes(mapper, item)] <= 1
        yield msgspec.structs.replace(item, alone=alone)


def _writes(mapper: Any, item: Relationship) -> tuple[object, ...]:
    """Return the hierarchy of classes, and the columns, that a relationship writes for it."""
    return mapper.base_mapper, item.child_schema, item.child_table, frozenset(item.columns)


def _read(each: Any, declaration: Declaration) -> Relationship | None:
    """Return a relationship; None if it is from many to one, or not between tables."""
    direction = each.direction.name
    pairs = list(each.synchronize_pairs)
    if direction not in {"ONETOMANY", "MANYTOMANY"} or not pairs:
        return None
    parents = {id(parent.table): parent.table for parent, _ in pairs}
    children = {id(child.table): child.table for _, child in pairs}
    tables = [*parents.values(), *children.values()]
    if len(tables) != 2 or not all(t.__visit_name__ == "table" for t in tables):
        return None
    table, child = (declaration.schema_and_table(each) for each in tables)
    return Relationship(
        name=f"{each.parent.class_.__name__}.{each.key}",
        **table,
        child=str(each.mapper.class_.__name__),
        child_schema=child["schema"],
        child_table=child["table"],
        columns=tuple(truncate(str(column.name)) for _, column in pairs),
        target_columns=tuple(truncate(str(column.name)) for column, _ in pairs),
        passive=_passive(each.passive_deletes),
        secondary=direction == "MANYTOMANY",
        deletes=bool(each.cascade.delete),
        scalar=not each.uselist,
        view_only=bool(each.viewonly),
        plain=_is_plain(each),
        is_unusual=bool(each.post_update) or each.lazy in UNLOADED,
    )


def _passive(value: object) -> Literal["no", "yes", "all"]:
    if value == "all":
        return "all"
    return "yes" if value else "no"


def _is_plain(each: Any) -> bool:
    """Return whether nothing but the foreign key chooses the children, and no order the first."""
    if each.order_by:
        return False
    conditions = [(each.primaryjoin, each.synchronize_pairs)]
    if each.secondary is not None:
        conditions.append((each.secondaryjoin, each.secondary_synchronize_pairs))
    return all(_compares_only(condition, len(pairs)) for condition, pairs in conditions)


def _compares_only(condition: Any, pairs: int) -> bool:
    from sqlalchemy.sql import operators, visitors

    elements: list[Any] = list(visitors.iterate(condition))
    binaries = [element for element in elements if element.__visit_name__ == "binary"]
    return (
        len(binaries) == pairs
        and {element.__visit_name__ for element in elements} <= _PLAIN
        and all(element.operator is operators.eq for element in binaries)
    )
