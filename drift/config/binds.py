"""Targets for the binds of one target: models with a `__bind_key__`, in databases of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import msgspec

from drift.config import values
from drift.config.reader import Reader, Value
from drift.config.settings import Target

_KEY = re.compile(r"\w[\w.-]*")


def read(value: Value, reader: Reader) -> dict[str, str | None]:
    """Return the databases by bind; None, and its target failed, where a variable is not set."""
    databases: dict[str, str | None] = {}
    for key, entry in reader.entries(value).items():
        if not _KEY.fullmatch(key):
            reader.report(entry, "a bind's key has letters, digits, '_', '-' and '.' only")
        elif entry.is_null and entry.needed:
            reader.report(entry, "is empty; write the URL of the bind's database")
        else:
            own = msgspec.structs.replace(entry, target=f"{value.target or ''}.{key}")
            databases[key] = reader.attempt(values.database, own)
    return databases


def expand(
    target: Target,
    databases: Mapping[str, str | None],
    names: Collection[str],
) -> Iterator[Target]:
    """Yield the target and one for each of its binds; with `names`, those that are named."""
    whole = not names or target.name in names
    if whole:
        yield target
    for key, database in databases.items():
        name = f"{target.name}.{key}"
        changes = {"name": name, "database": database, "bind": key}
        if whole or name in names:
            yield msgspec.structs.replace(target, **changes)


def owner(name: str, sections: Collection[str]) -> str:
    """Return the target that a name means: its own, or that of a bind."""
    owners = [section for section in sections if name.startswith(f"{section}.")]
    return max(owners, key=len) if owners and name not in sections else name
