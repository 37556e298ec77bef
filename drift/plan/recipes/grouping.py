"""Finds the columns of large tables whose types are changed online, and groups them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from drift.kinds.sql.type_families import refused
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.operation import TableName, Work
from drift.plan.operations import constraints
from drift.plan.recipe import Change
from drift.plan.recipes.conversion import needs_decision, online_names, work_of
from drift.plan.recipes.online import Group, shadow
from drift.plan.recipes.users import mentions
from drift.plan.step import Hazard

Key = tuple[TableName, str]


def groups(
    changes: Iterable[Change], context: Context
) -> Iterator[tuple[tuple[Change, ...], Group]]:
    """Yield the groups of changes that are made online, with the keys and indexes that they move.

    A group with a key or an index that cannot be moved is skipped: its columns are changed the
    short way, if that is allowed.
    """
    changes = tuple(changes)
    dropped = _dropped(changes, context)
    filled = (_filled(change, context) for change in changes)
    candidates = {_key(change): change for change in filled if _is_candidate(change, context)}
    left = dict(candidates)
    while left:
        keys = _connected(next(iter(left)), candidates, context)
        members = tuple(left.pop(key) for key in keys if key in left)
        group = _group(members, dropped, context)
        large = any(not context.short_way(key[0]) for key in keys)
        if large and _can_move(group, members, context):
            yield members, group


def _dropped(changes: Iterable[Change], context: Context) -> frozenset[int]:
    """Return the live foreign keys that the plan drops: they need not fit the new types."""
    if Hazard.DROP not in context.options.allow:
        return frozenset()
    return frozenset(
        id(change.present)
        for change in changes
        if change.kind == "foreign-key" and change.wanted is None
    )


def _filled(change: Change, context: Context) -> Change:
    """Return a change of a column whose open attributes are filled in from the live one."""
    if change.kind != "column" or change.wanted is None or change.present is None:
        return change
    wanted = context.filled("column", change.wanted, change.present)
    return msgspec.structs.replace(change, wanted=wanted)


def _key(change: Change) -> Key:
    return ddl.table_name(change.present), str(change.present.name)


def _is_candidate(change: Change, context: Context) -> bool:
    wanted, present = change.wanted, change.present
    if change.kind != "column" or wanted is None or present is None:
        return False
    attributes = {name.partition(".")[0] for name in change.attributes}
    return (
        bool(attributes & {"type", "collation"})
        and not (present.view or present.inherited or present.generated or wanted.generated)
        and not needs_decision(wanted, present, context)
        and work_of(wanted, present, context) is Work.REWRITE
    )


def _connected(start: Key, candidates: dict[Key, Change], context: Context) -> list[Key]:
    """Return the candidates that foreign keys join, directly or through others."""
    keys, waiting = [start], [start]
    while waiting:
        table, name = waiting.pop()
        for foreign_key in context.foreign_keys_on(table, name):
            for other in _ends(foreign_key):
                if other in candidates and other not in keys:
                    keys.append(other)
                    waiting.append(other)
    return keys


def _ends(key: Any) -> Iterator[Key]:
    yield from ((ddl.table_name(key), name) for name in key.columns)
    yield from ((constraints.target(key), name) for name in key.target_columns)


def _group(members: tuple[Change, ...], dropped: Collection[int], context: Context) -> Group:
    shadows = tuple(shadow(change, context) for change in members)
    keys, indexes, foreign = [], [], []
    for each in shadows:
        table, name = each.key
        for kind in ("primary-key", "unique"):
            keys += [
                (kind, item)
                for item in context.present_of(kind, table)
                if name in (*item.columns, *item.include)
            ]
        indexes += [index for index in context.present_of("index", table) if _uses(index, name)]
        foreign += list(context.foreign_keys_on(table, name))
    return Group(
        shadows=shadows,
        keys=tuple(dict.fromkeys(keys)),
        indexes=tuple(dict.fromkeys(indexes)),
        foreign_keys=tuple(key for key in dict.fromkeys(foreign) if id(key) not in dropped),
        dropped=tuple(key for key in dict.fromkeys(foreign) if id(key) in dropped),
    )


def _uses(index: Any, name: str) -> bool:
    texts = (index.predicate or "", *(key.expression or "" for key in index.keys))
    named = name in index.include or any(key.column == name for key in index.keys)
    return named or any(mentions(text, name) for text in texts)


def _can_move(group: Group, members: tuple[Change, ...], context: Context) -> bool:
    """Return whether everything that uses the columns can be built on the new ones."""
    return (
        all(_is_plain(change, context) for change in members)
        and all(_is_movable(index, group) for index in group.indexes)
        and all(_fits(key, group, context) for key in group.foreign_keys)
    )


def _is_plain(change: Change, context: Context) -> bool:
    """Return whether nothing but constraints and plain indexes uses the column."""
    table, name = _key(change)
    return (
        not context.is_partitioned(table)
        and not context.users_of_column(table, name)
        and not any(context.present_column(table, each) for each in online_names(change.present))
        and not context.is_constrained(change.wanted.type)
        and not (change.present.identity or change.present.serial or change.wanted.serial)
        and not any(mentions(c.expression or "", name) for c in context.present_of("check", table))
        and not any(mentions(c.generated or "", name) for c in context.present_of("column", table))
        and not any(
            key.column == name or mentions(key.expression or "", name)
            for e in context.present_of("exclusion", table)
            for key in e.keys
        )
    )


def _is_movable(index: Any, group: Group) -> bool:
    """Return whether an index names the columns only as its keys, without classes of operators."""
    names = {each.key[1] for each in group.shadows if each.table == ddl.table_name(index)}
    texts = (index.predicate or "", *(key.expression or "" for key in index.keys))
    plain = all(not key.opclass for key in index.keys if key.column in names)
    return (
        plain and index.valid and not any(mentions(text, name) for text in texts for name in names)
    )


def _fits(key: Any, group: Group, context: Context) -> bool:
    """Return whether PostgreSQL compares both ends of a foreign key with their new types."""
    new = {each.key: each.wanted.type for each in group.shadows}
    for own, target in zip(key.columns, key.target_columns, strict=True):
        ends = ((ddl.table_name(key), own), (constraints.target(key), target))
        both = []
        for table, name in ends:
            column = context.present_column(table, name)
            both.append(new.get((table, name), column.type if column else ""))
        if "" in both or refused(*both):
            return False
    return bool(key.enforced and key.validated and key.active)
