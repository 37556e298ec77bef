"""What an expression can name beside what `pg_catalog` holds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from drift.kinds import types
from drift.model import Schema


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What a text can mean beside what `pg_catalog` holds.

    `functions` are all others by their names, with the type that they return and the schema that
    they are in, where that is one and the same. `hazards` are casts between built-in types, and
    operators in `pg_catalog`, that somebody's function implements: only a superuser can make them,
    and no text shows their use. `types` are the users' with a built-in one that stands for each.
    `path` are the schemas that a name of the models' need not be written with; `type_path` are
    those in which their types may be.
    """

    functions: Mapping[str, tuple[str | None, str | None]] = {}
    hazards: tuple[str, ...] = ()
    types: Mapping[str, str] = {}
    path: tuple[str, ...] = ()
    type_path: tuple[str, ...] = ()

    def returned(self, function: str) -> str | None:
        """Return the type that a function returns; None if it is not known, or not only one."""
        return self.functions.get(function, (None, None))[0]

    def schemas_of(self, function: str) -> tuple[str, ...]:
        """Return the schemas without which a function is the same: the one that has it, as well."""
        only = self.functions.get(function, (None, None))[1]
        return (*self.path, only) if only else self.path

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
            known = next(
                (found for name, found in self.types.items() if types.bare(name) == base), None
            )
        return (known or "text") + array


def stand_ins(*schemas: Schema) -> dict[str, str]:
    """Return a built-in type for each enum and domain that the sides have, by its name."""
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
