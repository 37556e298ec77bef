"""How tests freeze models, and read the snapshot back from its file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from drift.config import Target
from drift.formats.escape import visible_json
from drift.model import Schema
from drift.scratch import Scratch
from drift.sources.interface import Context, Expected
from drift.sources.models.loader import Models
from drift.sources.snapshot.freeze import freeze_models
from drift.sources.snapshot.source import SnapshotSide, open_snapshot
from drift.sources.snapshot.text import text


def opened(path: Path | str, project: str = "") -> SnapshotSide:
    """Open a snapshot's file as a check does."""
    target = Target(name="test", path=(project,) if project else ())
    context = Context(target=target, environment=os.environ, note=lambda _: None, scratch=Scratch())
    return open_snapshot(str(path), context)


def written(models: Models, path: Path, bind: str | None = None) -> Path:
    """Freeze models into a file."""
    path.write_text(visible_json(text(freeze_models(models, bind))), encoding="utf-8")
    return path


def frozen(models: Models, bind: str | None = None) -> Expected:
    """Freeze models, and return what a check against the file expects."""
    with tempfile.TemporaryDirectory() as folder:
        return opened(written(models, Path(folder, "schema.json"), bind)).expected()


def unnamed(schema: Schema) -> Schema:
    """Return a schema without the names of its source, and with hashable parts in order."""
    return msgspec.structs.replace(schema, source="", name="", objects=dict(schema.objects))


def kinds_of(schema: Schema) -> dict[str, list[type[Any]]]:
    """Return the type of every object: an equal one of a subclass would not be the same."""
    return {kind: [type(item) for item in items] for kind, items in schema.objects.items()}
