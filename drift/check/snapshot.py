"""Freezes a source, for `drift snapshot`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from drift.check.address import database_of
from drift.check.project_migrations import project_migrations
from drift.check.selection import TargetOptions, select
from drift.config import Settings, Target
from drift.errors import UsageError
from drift.process.child import stage
from drift.process.isolation import folder
from drift.scratch import Scratch
from drift.sources import Reference, anchored, open_source, parse
from drift.sources.interface import Context, Note

if TYPE_CHECKING:
    from drift.sources.database.version_rows import VersionRows
    from drift.sources.interface import Side
    from drift.sources.snapshot.shape_v1 import Snapshot


def selected(
    source: str | None, options: TargetOptions, target: str | None
) -> tuple[Reference, Settings, Target]:
    """Return the source to freeze, the settings, and the target that they come from.

    Without a source, it is the database of --database, or the models. Raises DriftError.
    """
    if source is not None and not source.strip():
        raise UsageError("SOURCE is empty; name a source, or leave it out to freeze the models")
    database = options.database and not options.models
    reference = parse(source or ("" if database else "models"))
    if reference.source == "snapshot":
        raise UsageError(f"{reference.text} is a snapshot already; copy the file")
    reference = parse(anchored(reference.text, folder()))
    settings = select(_asked(reference, options, target), os.environ, needed=_needed(reference))
    return reference, settings, _only(settings.targets)


def _needed(reference: Reference) -> Sequence[str]:
    """Return the keys without which the configuration is looked for."""
    of_source = {"models": ("models",), "database": ("database",)}
    return of_source.get(reference.source, ("migrations",))


def _asked(reference: Reference, options: TargetOptions, target: str | None) -> TargetOptions:
    """Return the options that select the target."""
    changes: dict[str, Any] = {"targets": (target,) if target else (), "unused": ("database",)}
    if reference.source == "models" and reference.value:
        changes["models"] = (reference.value,)
    elif reference.source == "database":
        changes["unused"] = ("models", "import")
        if _is_url(reference.value):
            changes["database"] = reference.value
        elif reference.value:
            changes["targets"] = (reference.value,)
    return msgspec.structs.replace(options, bind=None, **changes)


def _is_url(value: str) -> bool:
    """Return whether a value is a URL or libpq's `key=value`, and no target's name."""
    return "://" in value or "=" in value


def _only(targets: Sequence[Target]) -> Target:
    """Return the first target; raise UsageError if others have other models."""
    own = {(each.models, each.imports, each.path, each.migrations) for each in targets}
    if len(own) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"the targets have different models; select one with --target: {names}")
    return targets[0]


def freeze(
    reference: Reference, target: Target, *, bind: str | None, note: Note, scratch: Scratch
) -> Snapshot:
    """Return a source as a snapshot; `bind` chooses a part of models, which else is all of them.

    Raises DriftError if it cannot be read.
    """
    from drift.sources.snapshot.commit import commit_of

    commit = commit_of(folder())  # first: models may change what this process can do
    stage(f"reading {reference.source}")
    if reference.source == "database":
        database = database_of(target, os.environ)
        target = msgspec.structs.replace(target, database=database)
    context = Context(target=target, environment=os.environ, note=note, scratch=scratch)
    side = open_source(reference, context)
    if reference.source == "models":
        frozen = _models(side, target, bind)
    else:
        frozen = _database(side, reference, target)
    return msgspec.structs.replace(frozen, commit=commit)


def _models(side: Side, target: Target, bind: str | None) -> Snapshot:
    from drift.sources.models.loader import Models
    from drift.sources.snapshot.freeze import freeze_models

    models = side.expected()
    assert isinstance(models, Models)
    frozen = freeze_models(models, bind)
    project = project_migrations(target)
    heads = tuple(sorted(project.graph.heads)) if project else ()
    return msgspec.structs.replace(frozen, revisions=heads)


def _database(side: Side, reference: Reference, target: Target) -> Snapshot:
    """Read the database that holds the source, as the server that it is on has it."""
    from drift.sources.database.source import DatabaseSide
    from drift.sources.snapshot.freeze import freeze_database

    url = side.database()
    if url is None:
        raise UsageError(f"{reference.text} cannot be frozen: no database holds it")
    live = reference.source == "database"
    side_of_url = DatabaseSide(msgspec.structs.replace(target, database=url))
    reflection = side_of_url.reflection(everywhere=not live)
    if live:
        configured = reference.value == target.name
        name = target.name if configured else reflection.database.name
    else:
        name = side.expected().name
    return freeze_database(reflection, reference.source, name, _revisions(reflection.revisions))


def _revisions(rows: Iterable[VersionRows]) -> tuple[str, ...]:
    """Return the revisions that the version tables of a database hold."""
    return tuple(sorted({revision for row in rows for revision in row.revisions}))
