"""The commands of the process that runs env.py, by Alembic's own functions."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import config as alembic_config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from drift.errors import MigrationsError
from drift.sources.migrations.application import Application, run_environment
from drift.sources.migrations.create_all import watch
from drift.sources.migrations.hooks.environment import HookedEnvironment

if TYPE_CHECKING:
    from drift.sources.migrations.child import Command, Setup
    from drift.sources.migrations.hooks.messages import Configured, Excluded

_RELATIVE = re.compile(r"-\d+")


class Commands:
    """Runs commands of Alembic's in the project's environment."""

    def __init__(self, setup: Setup) -> None:
        """Read the configuration, with the URL of the scratch database in place of its own."""
        self._setup = setup
        self._creates_metadata: list[str] = []
        self._application = Application(Path(setup.script))
        self._environment: HookedEnvironment | None = None
        watch(self._creates_metadata)

    def run(self, command: Command) -> Any:
        """Run a command by its name; revisions may need the application when they are imported."""
        function: Callable[[Command], Any] = getattr(self, f"_{command.name}")
        os.chdir(self._setup.root)
        with self._application.context():
            return function(command)

    def _config(self) -> Any:
        """Return Alembic's configuration: new for each run, since env.py may change it."""
        setup = self._setup
        options: dict[str, Any] = {"ini_section": setup.section}
        if setup.toml is not None:
            options["toml_file"] = setup.toml
        config: Any = alembic_config.Config(setup.ini, **options)
        if not setup.toml:
            config.set_main_option("script_location", setup.script.replace("%", "%%"))
        config.cmd_opts = argparse.Namespace(x=None, name=setup.section, config=setup.ini)
        for section in {setup.section, *config.file_config.sections()}:
            if section == setup.section or config.file_config.has_option(section, "sqlalchemy.url"):
                config.set_section_option(section, "sqlalchemy.url", setup.url.replace("%", "%%"))
        return config

    def _upgrade(self, command: Command) -> Any:
        """Upgrade to each revision, one run of env.py for each, as `alembic upgrade` does."""
        table: dict[str, Any] = {}
        for revision in command.revisions:
            config = self._config()
            script = ScriptDirectory.from_config(config)
            wanted = f"head{revision}" if _RELATIVE.fullmatch(revision) else revision
            self._run_environment(config, script, _Steps(script, wanted, table), wanted)
        return table | {"creates_metadata": self._creates_metadata}

    def _load(self, _command: Command) -> None:
        """Run env.py without a step, as `alembic current` does."""
        config = self._config()
        script = ScriptDirectory.from_config(config)
        context = EnvironmentContext(config, script, fn=lambda *_: [], dont_mutate=True)
        script.get_heads()
        with context:
            run_environment(script.run_env, lambda: False)

    def _configured(self, _command: Command) -> Configured:
        return self._hooked().configured()

    def _excluded(self, command: Command) -> Sequence[Excluded]:
        return self._hooked().excluded(command.questions)

    def _hooked(self) -> HookedEnvironment:
        """Return env.py with its hooks: it is run once for all questions."""
        if self._environment is None:
            config = self._config()
            environment = HookedEnvironment(config, ScriptDirectory.from_config(config))
            environment.run()
            self._environment = environment
        return self._environment

    def _run_environment(
        self, config: Any, script: ScriptDirectory, steps: _Steps, revision: str
    ) -> None:
        context = EnvironmentContext(
            config, script, fn=steps, as_sql=False, starting_rev=None,
            destination_rev=revision, tag=None,
        )  # fmt: skip
        with context:
            run_environment(script.run_env, lambda: steps.ran)
        if not steps.ran:
            raise MigrationsError(
                "env.py ran no migration: it must call context.run_migrations() when it is run"
            )

    def _heads(self, _command: Command) -> Sequence[str]:
        return sorted(self._script().get_heads())

    def _plan(self, command: Command) -> list[tuple[str, str, str]]:
        """Return the revisions on the way, in the order in which they run; none lead to base."""
        if not command.revisions:
            return []
        script = self._script()
        steps = script.iterate_revisions(
            command.revisions, command.since or None, implicit_base=True
        )
        return [
            (step.revision, str(step.doc or ""), str(step.path)) for step in reversed(list(steps))
        ]

    def _script(self) -> ScriptDirectory:
        return ScriptDirectory.from_config(self._config())


class _Steps:
    """The function that Alembic calls in env.py: returns the steps, and keeps the version table."""

    def __init__(self, script: ScriptDirectory, revision: str, table: dict[str, Any]) -> None:
        self._script, self._revision, self._table = script, revision, table
        self.ran = False

    def __call__(self, revision: Any, context: Any) -> Any:
        self.ran = True
        steps = self._script._upgrade_revs(self._revision, revision)
        self._table |= {
            "table": context.version_table,
            "schema": context.version_table_schema,
            "steps": self._table.get("steps", 0) + len(steps),
        }
        return steps
