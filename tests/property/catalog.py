"""One object of every kind, as a server would send it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from drift.kinds import KINDS
from drift.sources.database.catalog import Server


def _example(type_: inspect.Type) -> Any:
    """Return a value of a type, with nothing left out."""
    if isinstance(type_, inspect.StructType):
        return {field.encode_name: _example(field.type) for field in type_.fields}
    if isinstance(type_, inspect.UnionType):
        return _example(next(one for one in type_.types if not isinstance(one, inspect.NoneType)))
    if isinstance(type_, inspect.VarTupleType | inspect.ListType):
        return [_example(type_.item_type)] * 2
    if isinstance(type_, inspect.TupleType):
        return [_example(one) for one in type_.item_types]
    if isinstance(type_, inspect.DictType):
        return {"a": _example(type_.value_type)}
    return _plain(type_)


def _plain(type_: inspect.Type) -> Any:
    plain: dict[type[inspect.Type], Any] = {
        inspect.StrType: "users",
        inspect.BoolType: True,
        inspect.IntType: 7,
        inspect.FloatType: 0.5,
    }
    return plain[type(type_)]


def _of(struct: Any) -> Any:
    return _example(inspect.type_info(struct))


CATALOG = {
    "server": msgspec.json.encode(_of(Server)),
    "tenants": msgspec.json.encode({"schemas": ["public"]}),
    **{kind.name: msgspec.json.encode(_of(kind.struct)) for kind in KINDS},
}
