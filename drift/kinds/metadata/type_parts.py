"""The PostgreSQL types that a SQLAlchemy type stands for and is made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from drift.kinds.metadata.sqlalchemy_adapter import has_variants

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def implementation(type_: Any, dialect: Any) -> Any:
    """Return the type that a `TypeDecorator` or a variant stands for on PostgreSQL."""
    if _is_plain(type_):
        return type_
    seen = 0
    while hasattr(type_, "type_engine") and hasattr(type_, "load_dialect_impl") and seen < 10:
        type_, seen = type_.type_engine(dialect), seen + 1
    if is_named(type_):  # SQLAlchemy 2.0.0 loses a domain's check when it adapts it
        return type_
    implementation = type_.dialect_impl(dialect)
    return implementation if is_named(implementation) else type_


def may_be_named(type_: Any) -> bool:
    """Return whether a type may be an enum or a domain, or be made of one: most are not."""
    return not _is_plain(type_) or hasattr(type_, "item_type") or hasattr(type_, "data_type")


def parts(type_: Any, dialect: Any) -> Iterator[Any]:
    """Yield a type, and the types that an array or a domain is made of."""
    while type_ is not None:
        type_ = implementation(type_, dialect)
        yield type_
        type_ = getattr(type_, "item_type", None) or getattr(type_, "data_type", None)


def _is_plain(type_: Any) -> bool:
    """Return whether a type stands for itself: most do, and adapting them all takes time."""
    class_: Any = type(type_)
    return _stands_for_itself(class_) and not has_variants(type_)


@lru_cache(maxsize=1024)
def _stands_for_itself(class_: Any) -> bool:
    visit = getattr(class_, "__visit_name__", "")
    return not hasattr(class_, "load_dialect_impl") and visit not in _NAMED


_NAMED = frozenset({"ENUM", "DOMAIN", "enum", "Enum"})


def is_named(type_: Any) -> bool:
    """Return whether a type is an enum or a domain that CREATE TYPE or CREATE DOMAIN makes."""
    visit = getattr(type_, "__visit_name__", "")
    return visit in {"ENUM", "DOMAIN"} or (
        visit in {"enum", "Enum"} and bool(getattr(type_, "native_enum", False))
    )


def types_of_metadata(metadata: MetaData, dialect: Any) -> Iterator[Any]:
    """Yield the types that are tied to the metadata itself, whether a column uses them or not.

    Before 2.1, SQLAlchemy lets a column's type listen to the metadata as well. Such a type has no
    metadata; its table may belong to another bind.
    """
    for listener in metadata.dispatch.before_create:
        type_ = getattr(listener, "target", None) or getattr(listener, "__self__", None)
        if hasattr(type_, "dialect_impl") and getattr(type_, "metadata", None) is not None:
            yield implementation(type_, dialect)
