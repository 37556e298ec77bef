"""Moves the objects of a schema's default schema to that of another database.

Tables without a schema in the models, and those that migrations create without one, are in
`public` here and in `app` there: the search path decides.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from drift.kinds import KINDS
from drift.kinds.sql import types
from drift.model import Problem, Schema
from drift.sources.database.schema_references import renamed

T = TypeVar("T")


def relocated(schema: Schema, default_schema: str) -> Schema:
    """Return the schema as it is where `default_schema` is the default one."""
    old = schema.default_schema
    if old == default_schema:
        return schema
    objects = {
        kind.name: tuple(_moved(item, old, default_schema) for item in schema.objects[kind.name])
        for kind in KINDS
    }
    managed = (default_schema if name == old else name for name in schema.managed_schemas)
    return msgspec.structs.replace(
        schema,
        default_schema=default_schema,
        objects=objects,
        managed_schemas=frozenset(managed),
        problems=tuple(_moved_problem(problem, old, default_schema) for problem in schema.problems),
    )


def _moved(item: T, old: str, new: str) -> T:
    document = renamed(msgspec.to_builtins(item), old, new, types.quote(new))
    moved: T = msgspec.convert(document, type(item))
    return moved


def _moved_problem(problem: Problem, old: str, new: str) -> Problem:
    ref = problem.object
    if ref.schema != old:
        return problem
    moved = msgspec.structs.replace(ref, schema=new)
    return msgspec.structs.replace(problem, object=moved)
