"""Runs env.py without a migration, and keeps the hooks that it gives to Alembic.

env.py runs online, as for `alembic check`: many set hooks for that mode alone.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from drift.errors import MigrationsError
from drift.sources.migrations.application import run_environment
from drift.sources.migrations.hooks.calls import Calls
from drift.sources.migrations.hooks.messages import Configured, Excluded, Question
from drift.sources.migrations.hooks.metadata import (
    folders_of,
    imports_of,
    metadatas_of,
    models_of,
    tables_of,
)
from drift.sources.migrations.hooks.objects import short

HOOKS = ("include_object", "include_name", "compare_type", "compare_server_default")


class HookedEnvironment:
    """An env.py that was run, whose hooks can be called."""

    def __init__(self, config: Any, script: ScriptDirectory) -> None:
        """Take Alembic's configuration and scripts."""
        self._script = script
        self._contexts: list[tuple[Any, dict[str, Any]]] = []
        self._environment = EnvironmentContext(config, script, fn=self._keep, dont_mutate=True)

    def run(self) -> None:
        """Run env.py. Raises MigrationsError if it configures no context, or different ones."""
        with self._environment:
            run_environment(self._script.run_env, lambda: bool(self._contexts))
        if not self._contexts:
            raise MigrationsError(
                "env.py ran no migration: it must call context.run_migrations() when it is run"
            )
        if len({_identity(options) for _, options in self._contexts}) > 1:
            raise MigrationsError(
                "env.py migrates several databases, with metadata or hooks of their own: alembic: "
                "true needs an env.py for one database; name another one in migrations: config:, "
                "or remove alembic: true and write models: and ignore: for each target"
            )

    def _keep(self, _revision: Any, context: Any) -> list[Any]:
        """Keep a context instead of returning steps; env.py may change its options afterwards."""
        self._contexts.append((context, dict(context.opts)))
        return []

    @property
    def _options(self) -> dict[str, Any]:
        return self._contexts[0][1]

    def configured(self) -> Configured:
        """Return the arguments of `context.configure`."""
        options, metadata = self._options, self._options.get("target_metadata")
        models, imports = models_of(metadata), imports_of(metadata)
        hooks = {name: options.get(name) for name in HOOKS}
        return Configured(
            hooks={name: _line(hook) for name, hook in hooks.items() if callable(hook)},
            include_schemas=bool(options.get("include_schemas")),
            has_metadata=bool(metadatas_of(metadata)),
            models=tuple(dict.fromkeys(models)),
            imports=imports,
            path=folders_of((*models, *imports)),
            tables=tuple((short(t.schema), short(str(t.name)) or "") for t in tables_of(metadata)),
        )

    def excluded(self, questions: Iterable[Question]) -> list[Excluded]:
        """Return the differences that hooks exclude; hooks may use Alembic's `context`."""
        context, options = self._contexts[0]
        with self._environment:
            return list(Calls(context, options).excluded(questions))


def _identity(options: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the identity of a context; a function that is made twice is the same code."""
    hooks = [getattr(options.get(name), "__code__", options.get(name)) for name in HOOKS]
    return (*map(id, hooks), *map(id, metadatas_of(options.get("target_metadata"))))


def _line(hook: Any) -> str:
    """Return the file and line of a hook; "" if it is no function."""
    code = getattr(inspect.unwrap(hook), "__code__", None)
    return "" if code is None else f"{os.path.realpath(code.co_filename)}:{code.co_firstlineno}"
