"""The names that an expression can use in addition to those of `pg_catalog`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from drift.kinds.sql import types
from drift.model import Schema


class Function(msgspec.Struct, frozen=True, array_like=True):
    """All functions of one name that are not built in.

    `type` is their result, if all have the same; `schemas` are those that hold them, if they are
    few. `built_in`: `pg_catalog` has functions of the name, too.
    """

    type: str | None = None
    schemas: tuple[str, ...] | None = None
    built_in: bool = False


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The meanings of names in addition to those of `pg_catalog`.

    `functions` and `operators` are those of the users, the latter without those of extensions.
    `hazards` are casts between built-in types, operators in `pg_catalog` and operator classes of
    built-in types that a user's function implements: only a superuser can make them, and no text
    shows their use. `types` are the users' enums and domains with a built-in type that stands for
    each, `sequences` the schemas and names of sequences. `path` are the schemas in which a name
    without one is looked for; `type_path` are those in which the models' types may be. `time_zones`
    are those in which DDL may have been run.
    """

    functions: Mapping[str, Function] = {}
    operators: frozenset[str] = frozenset()
    hazards: tuple[str, ...] = ()
    types: Mapping[str, str] = {}
    sequences: frozenset[tuple[str, str]] = frozenset()
    path: tuple[str, ...] = ()
    type_path: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()

    def function_schema(self, name: str, schema: str | None) -> str | None:
        """Return the schema that identifies a function among its namesakes; None if not needed."""
        known = self.functions.get(name, Function()).schemas
        if known is not None and len(known) < 2:
            return schema if schema and known and schema not in known else None
        if schema is None and known is not None:
            return next((schema for schema in self.path if schema in known), None)
        return None if schema in self.path[:1] and known is None else schema

    def sequence(self, parts: Sequence[str]) -> str:
        """Return a sequence's name with the schema in which it is found."""
        if len(parts) == 1:
            default = self.path[0] if self.path else ""
            schemas = (schema for schema in self.path if (schema, parts[0]) in self.sequences)
            parts = (next(schemas, default), parts[0])
        return ".".join(map(types.quote, parts))

    def is_own(self, type_: str) -> bool:
        """Return whether a type is an enum or a domain of the users."""
        base = types.family(type_)
        return base in self.types or (
            "." not in base and any(types.bare(name) == base for name in self.types)
        )

    def stand_in(self, type_: str) -> str:
        """Return the built-in type that stands for a type, as `format_type` spells both.

        >>> Vocabulary(types={"public.mood": "name"}).stand_in("public.mood[]")
        'name[]'
        """
        if types.is_built_in(type_):
            return type_
        array = "[]" if type_.endswith("[]") else ""
        base = types.family(type_)
        known = self.types.get(base)
        if known is None and "." not in base:
            same_name = (made for name, made in self.types.items() if types.bare(name) == base)
            known = next(same_name, None)
        return (known or "text") + array


def stand_ins(*schemas: Schema) -> dict[str, str]:
    """Return a built-in type per enum and domain of both sides, by its name."""
    bases: dict[str, str] = {}
    for schema in schemas:
        for enum in schema.objects.get("enum", ()):
            bases[f"{types.quote(enum.schema)}.{types.quote(enum.name)}"] = "name"
        for domain in schema.objects.get("domain", ()):
            bases[f"{types.quote(domain.schema)}.{types.quote(domain.name)}"] = domain.type
    return {name: _base(name, bases) for name in bases}


def _base(name: str, bases: Mapping[str, str]) -> str:
    """Return the built-in type under a domain, which may lie under others."""
    for _ in range(len(bases)):
        array = name.endswith("[]")
        inner = bases.get(types.family(name))
        if inner is None:
            break
        name = inner + "[]" * (array and not inner.endswith("[]"))
    return name if types.is_built_in(name) else "text" + "[]" * name.endswith("[]")
