"""Asks env.py of a project about its hooks: it is run once, and stays until the run ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Sequence
from itertools import islice
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec

from drift.config import Target
from drift.errors import DriftError, ModelsError, UsageError
from drift.scratch import Scratch
from drift.sources.interface import Note, TableName
from drift.sources.migrations.discovery import Environment, find
from drift.sources.migrations.hooks.messages import Configured, Excluded, Question
from drift.sources.migrations.runner import Migrations, run

_BATCH = 100
"""Questions of one command, each about a table."""


class HookedMigrations:
    """An env.py that was run, and the arguments that it gave to `context.configure`."""

    def __init__(self, environment: Environment, migrations: Migrations) -> None:
        self._migrations, self._lock = migrations, threading.Lock()
        self.script = _shown(environment.folder / "env.py")
        self.configured: Configured = migrations.configured()

    def excluded(self, questions: Sequence[Question]) -> list[Excluded]:
        """Return the differences that a hook excludes. Raises MigrationsError if a hook fails."""
        remaining, excluded = iter(questions), list[Excluded]()
        with self._lock:
            while batch := list(islice(remaining, _BATCH)):
                excluded += self._migrations.excluded(batch)
        return excluded

    def line_of(self, hook: str) -> str:
        """Return the file and line of a hook; those of env.py if it is no function."""
        file, _, line = self.configured.hooks.get(hook, "").rpartition(":")
        return f"{_shown(Path(file))}:{line}" if file else self.script


_Runs = dict[Hashable, HookedMigrations | DriftError]
_RUNS: WeakKeyDictionary[Scratch, _Runs] = WeakKeyDictionary()
_LOCK = threading.Lock()


def hooked(target: Target, scratch: Scratch, note: Note) -> HookedMigrations:
    """Return the env.py of a target, which is run on a scratch database. Raises DriftError.

    An environment is run once for all targets that share it.
    """
    environment = find((Path.cwd(), *map(Path, target.path)), target.migrations)
    if environment is None:
        raise UsageError(
            f"{target.name}: alembic: true, but the project has no Alembic environment in this "
            "folder; write migrations: config: with the path of alembic.ini into drift.yaml"
        )
    key = environment, target.path, target.migrations
    with _LOCK:
        runs = _RUNS.setdefault(scratch, {})
        if key not in runs:
            note(f"{target.name}: running {_shown(environment.folder / 'env.py')} for its hooks")
            try:
                runs[key] = _run(target, environment, scratch)
            except DriftError as problem:
                runs[key] = problem
        result = runs[key]
    if isinstance(result, DriftError):
        raise result
    return result


def _run(target: Target, environment: Environment, scratch: Scratch) -> HookedMigrations:
    live = target.database or os.environ.get("DATABASE_URL")
    database = scratch.keep(scratch.database())
    migrations = scratch.keep(
        run(environment, database, settings=target.migrations, live=live, path=target.path)
    )
    return HookedMigrations(environment, migrations)


def with_models(target: Target, scratch: Scratch, note: Note) -> Target:
    """Return a target with the models of `target_metadata`. Raises DriftError if it has none."""
    env = hooked(target, scratch, note)
    configured = env.configured
    if not configured.tables:
        lack = "holds no tables" if configured.has_metadata else "is None"
        raise ModelsError(
            f"{target.name}: target_metadata of {env.script} {lack}; write models: into drift.yaml"
        )
    if not configured.models:
        raise _unnamed(target, env)
    return msgspec.structs.replace(
        target,
        models=configured.models,
        imports=tuple(dict.fromkeys((*target.imports, *configured.imports))),
        path=tuple(dict.fromkeys((*target.path, *configured.path))),
    )


def require_tables(
    target: Target,
    scratch: Scratch,
    note: Note,
    imported: frozenset[TableName],
) -> None:
    """Raise ModelsError if the models lack a table that env.py has: it would be reported as extra.

    That is a table which env.py declares itself, or under a condition that holds only there.
    """
    env = hooked(target, scratch, note)
    missing = {*map(tuple, env.configured.tables)} - imported
    if missing:
        raise _unnamed(target, env)


def _unnamed(target: Target, env: HookedMigrations) -> ModelsError:
    return ModelsError(
        f"{target.name}: {env.script} makes target_metadata, or a table of it, itself, so that it "
        "cannot be imported; write models: into drift.yaml"
    )


def _shown(path: Path) -> str:
    """Return a path as users type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
