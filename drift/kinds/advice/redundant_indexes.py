"""Indexes that another index of the table makes superfluous."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey, own
from drift.kinds.sql.text import UNPRINTED
from drift.kinds.table.table import Table
from drift.model import ObjectRef

RULE = advice_rule(
    id="redundant-index",
    summary="Another index of the table serves all queries that this one serves.",
    impact="Every INSERT, and most UPDATEs, maintain an index that no query needs.",
    remedy="Remove it from the model, and DROP INDEX CONCURRENTLY in a migration of its own.",
)


class _Cover(msgspec.Struct, frozen=True, kw_only=True):
    """An index, or the index of a constraint, that can stand for another one."""

    noun: str
    name: str
    keys: tuple[IndexKey, ...]
    method: str = "btree"
    predicate: str | None = None
    include: tuple[str, ...] = ()
    unique: bool = True
    nulls_not_distinct: bool = False
    stays: bool = True


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the indexes that can be dropped; of two equal ones, only one."""
    for table in subject.tables:
        if table.locked:
            continue
        covers = list(_covers(subject, table))
        for index in subject.live_of("index", table.schema, table.name):
            if not _may_go(subject, index):
                continue
            is_extra = _ref("index", index) in subject.different
            cover = next((c for c in covers if _stands_for(c, index, is_extra=is_extra)), None)
            if cover:
                yield _advice(index, cover)


def _may_go(subject: Subject, index: Index) -> bool:
    texts = {index.predicate, *(key.expression for key in index.keys)}
    return index.valid and _path(index) not in subject.pinned and UNPRINTED not in texts


def _path(index: Index) -> tuple[str, str, str]:
    return index.schema, index.table or "", index.name or ""


def _covers(subject: Subject, table: Table) -> Iterator[_Cover]:
    """Yield the constraints and indexes that the models have as well: others may go themselves."""
    name = table.schema, table.name
    for kind, noun in (("primary-key", "primary key"), ("unique", "unique constraint")):
        for item in subject.live_of(kind, *name):
            if not item.deferrable and _ref(kind, item) not in subject.different:
                yield _Cover(
                    noun=noun,
                    name=item.name,
                    keys=tuple(IndexKey(column=column) for column in item.columns),
                    include=item.include,
                    nulls_not_distinct=getattr(item, "nulls_not_distinct", False),
                )
    for index in subject.live_of("index", *name):
        if index.valid and _ref("index", index) not in subject.different:
            yield _Cover(
                noun="index",
                stays=_path(index) in subject.pinned,
                **{field: getattr(index, field) for field in _OF_INDEX},
            )


_OF_INDEX = ("name", "keys", "method", "predicate", "include", "unique", "nulls_not_distinct")


def _ref(kind: str, item: Index) -> ObjectRef:
    return ObjectRef(kind, item.schema, item.table, item.name or "")


def _stands_for(cover: _Cover, index: Index, *, is_extra: bool) -> bool:
    """Return whether every query and every guarantee of the index is one of the cover's.

    Only a btree is searched by a part of its keys in their order.
    """
    if cover.name == index.name:
        return False
    if (cover.method, cover.predicate) != (index.method, index.predicate):
        return False
    keys, wanted = tuple(map(own, cover.keys)), tuple(map(own, index.keys))
    equal = keys == wanted
    begins = index.method == "btree" and keys[: len(wanted)] == wanted
    stored = {key.column for key in cover.keys} | set(cover.include)
    if not (equal or begins) or not set(index.include) <= stored:
        return False
    if index.unique and not (equal and _is_as_unique(cover, index)):
        return False
    return is_extra or not _is_twin(cover, index, equal=equal) or cover.name < (index.name or "")


def _is_as_unique(cover: _Cover, index: Index) -> bool:
    return cover.unique and cover.nulls_not_distinct == index.nulls_not_distinct


def _is_twin(cover: _Cover, index: Index, *, equal: bool) -> bool:
    """Return whether the index stands for the cover just as well."""
    return (
        equal
        and not cover.stays
        and cover.unique == index.unique
        and set(cover.include) == set(index.include)
    )


def _advice(index: Index, cover: _Cover) -> Advice:
    keys = ", ".join(key.text for key in index.keys)
    equal = len(index.keys) == len(cover.keys)
    relation = "has the same keys as" if equal else "has the first keys of"
    return Advice(
        ref=_ref("index", index),
        detail=f"({keys}) {relation} the {cover.noun} {cover.name} "
        f"({', '.join(key.text for key in cover.keys)})",
        item=index,
    )


ADVISOR = Advisor(RULE, advise)
