"""The models as a source."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import msgspec

from drift.config import Target
from drift.errors import UsageError
from drift.kinds.metadata.declaration import truncate
from drift.sources.interface import Context, Note, TableName
from drift.sources.models.loader import Models, load

if TYPE_CHECKING:
    from sqlalchemy import Table

    from drift.scratch import Scratch
    from drift.sources.interface import Expected


class ModelsSide:
    """Models that were imported."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def expected(self) -> Expected:
        """Return the models."""
        return self._models

    def database(self) -> None:
        """Return None: no server holds them."""
        return


def open_models(value: str, context: Context) -> ModelsSide:
    """Import the models of the target, or those that `value` names as `package.module:attr`."""
    target = context.target
    if value:
        target = msgspec.structs.replace(target, models=(value,))
    return ModelsSide(import_models(target, context.note, context.scratch))


def import_models(target: Target, note: Note, scratch: Scratch) -> Models:
    """Import the models of a target, or those of env.py if it names none and asks for its hooks.

    Raises UsageError if there are none, and ModelsError.
    """
    if target.alembic and not target.models:
        return _of_env(target, note, scratch)
    return _imported(target, note)


def _of_env(target: Target, note: Note, scratch: Scratch) -> Models:
    from drift.sources.migrations.hooks.asked import require_tables, with_models

    models = _imported(with_models(target, scratch, note), note)
    tables = (table for metadata in models.metadatas for table in metadata.tables.values())
    require_tables(target, scratch, note, frozenset(map(_name, tables)))
    return models


def _name(table: Table) -> TableName:
    return truncate(table.schema) if table.schema else None, truncate(str(table.name))


def _imported(target: Target, note: Note) -> Models:
    if not target.models:
        raise UsageError(
            f"{target.name}: no models given; pass --models package.module:Base, or write "
            f"models: in drift.yaml{target.init_hint}"
        )
    for folder in target.path:
        if not os.path.isdir(folder):  # noqa: PTH112
            raise UsageError(f"{target.name}: path: the folder {folder} does not exist")
    note(f"{target.name}: importing {', '.join(target.models)}")
    say: Note = lambda text: note(f"{target.name}: {text}")  # noqa: E731
    models = load(target.models, target.imports, say, target.path)
    # Models stay until the end, but each full collection would walk through all their objects. With
    # 1,000 tables, 300,000 containers made afterwards took 2.3 s, and take 0.7 s when these are
    # frozen.
    gc.freeze()
    return models
