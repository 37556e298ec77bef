"""The models of the Python interface: a base, metadata, names, or a list of these in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from drift.errors import ModelsError
from drift.sources.models.holders import metadata_of
from drift.sources.models.importer import import_module, import_sqlalchemy, resolve
from drift.sources.models.loader import Models
from drift.sources.models.model_errors import models_errors
from drift.sources.models.names import name_of

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def load_models(models: Any, *, imports: Sequence[str] = ()) -> Models:
    """Return the tables that models declare, to be compared with any number of databases.

    `models` is a declarative base, a MetaData, a registry, SQLModel, a Flask-SQLAlchemy db, a Flask
    application, a name such as "app.models:Base", or a list of these. `imports` are modules to
    import first. Raises ModelsError if there are no tables.

    >>> drift.load_models(metadata).tables
    frozenset({(None, 'users')})
    """
    if isinstance(models, Models):
        return models
    import_sqlalchemy()
    for name in imports:
        import_module(name, None)
    metadatas: dict[int, MetaData] = {}
    apps: list[Any] = []
    names: list[str] = []
    for item in _items(models):
        name = name_of(item)
        names.append(name)
        with models_errors(f"models {name}", [name]):
            holder = resolve(item, None) if isinstance(item, str) else item
            metadatas |= {id(each): each for each in metadata_of(holder, name, apps)}
    roots = [*(name.partition(":")[0] for name in names if ":" in name), *imports]
    loaded = Models(", ".join(dict.fromkeys(names)), list(metadatas.values()), roots, apps=apps)
    if not loaded.tables and not loaded.binds:
        raise ModelsError(
            f"{loaded.name} holds no tables: import the modules that define the models first"
        )
    return loaded


def _items(models: Any) -> Iterator[Any]:
    if isinstance(models, list | tuple | set | frozenset):
        for item in models:
            yield from _items(item)
    else:
        yield models
