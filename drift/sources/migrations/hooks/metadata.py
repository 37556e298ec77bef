"""The names by which `target_metadata` of env.py can be imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table

from drift.sources.models.holders import holders_of
from drift.sources.models.own_code import is_own, own_names, top_level

_ENTITIES = "alembic_utils"
"""The package of views, functions and triggers that `register_entities` of env.py takes."""


def metadatas_of(value: Any) -> list[MetaData]:
    """Return the metadata of `target_metadata`, which may be a list."""
    if isinstance(value, MetaData):
        return [value]
    if isinstance(value, list | tuple | set | frozenset):
        return [metadata for each in value for metadata in metadatas_of(each)]
    return []


def tables_of(value: Any) -> Iterator[Table]:
    """Yield the tables of `target_metadata`."""
    for metadata in metadatas_of(value):
        yield from metadata.tables.values()


def models_of(value: Any) -> tuple[str, ...]:
    """Return `module:name` of each metadata of env.py that an imported module holds."""
    specs = [
        next((holder.spec for holder in holders_of(metadata) if _is_usable(holder.spec)), None)
        for metadata in metadatas_of(value)
        if metadata.tables
    ]
    packages = [name for name in _declaring(value) if _is_package(name) and _tables(name, value)]
    return (*filter(None, specs), *(f"{name}:{_tables(name, value)[0]}" for name in packages))


def imports_of(value: Any) -> tuple[str, ...]:
    """Return the modules that hold a table, or a mapped class of one, in the order of imports.

    Objects of alembic-utils are part of the schema, too. drift would import a package with
    everything below it, such as env.py: `models_of` names its tables.
    """
    return tuple(name for name in _declaring(value) if not _is_package(name))


def folders_of(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the folders of the import path that modules come from, without those of libraries."""
    folders: list[str] = []
    for top in dict.fromkeys(map(top_level, modules)):
        names = own_names(sys.modules.get(top))
        file, inner = names.get("__file__"), list(names.get("__path__", ()))
        paths = [Path(each) for each in (inner or [file]) if isinstance(each, str)]
        folders += [str(path.absolute().parent) for path in paths if is_own(str(path / "x"), ())]
    return tuple(dict.fromkeys(folders))


def _is_usable(spec: str) -> bool:
    module, _, name = spec.partition(":")
    return all(part.isidentifier() for part in (*module.split("."), name))


def _is_package(name: str) -> bool:
    return "__path__" in own_names(sys.modules[name])


def _declaring(value: Any) -> list[str]:
    tables = {id(table) for table in tables_of(value)}
    return [
        name
        for name, module in list(sys.modules.items())
        if name != "__main__"
        and _is_usable(f"{name}:x")
        and any(_declares(each, name, tables) for each in list(own_names(module).values()))
    ]


def _tables(name: str, value: Any) -> list[str]:
    """Return the names in a module that are tables, or mapped classes of the module's own."""
    tables = {id(table) for table in tables_of(value)}
    names = list(own_names(sys.modules[name]).items())
    return [key for key, each in names if _is_table(each, name, tables) and key.isidentifier()]


def _declares(value: Any, module: str, tables: set[int]) -> bool:
    is_entity = top_level(str(type(value).__module__)) == _ENTITIES
    return (is_entity and top_level(module) != _ENTITIES) or _is_table(value, module, tables)


def _is_table(value: Any, module: str, tables: set[int]) -> bool:
    if issubclass(type(value), type):
        own = own_names(value)
        return own.get("__module__") == module and id(own.get("__table__")) in tables
    return issubclass(type(value), Table) and id(value) in tables
