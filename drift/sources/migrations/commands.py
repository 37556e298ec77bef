"""The commands of the process that runs env.py, by Alembic's own functions."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import config as alembic_config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from drift.errors import MigrationsError

if TYPE_CHECKING:
    from drift.sources.migrations.child import Command, Setup

_RELATIVE = re.compile(r"-\d+")


class Commands:
    """Runs commands of Alembic's in the project's environment."""

    def __init__(self, setup: Setup) -> None:
        """Read the configuration, with the URL of the scratch database in place of its own."""
        self._setup = setup
        self._creates_metadata: list[str] = []
        _watch_create_all(self._creates_metadata)

    def run(self, command: Command) -> Any:
        """Run a command by its name."""
        function: Callable[[Command], Any] = getattr(self, f"_{command.name}")
        os.chdir(self._setup.root)
        return function(command)

    def _config(self) -> Any:
        """Return Alembic's configuration: new for each run, since env.py may change it."""
        setup = self._setup
        options: dict[str, Any] = {"ini_section": setup.section}
        if setup.toml is not None:
            options["toml_file"] = setup.toml
        config: Any = alembic_config.Config(setup.ini, **options)
        has_section = config.file_config.has_section(setup.section)
        if not setup.toml and not (has_section and config.get_main_option("script_location")):
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

    def _run_environment(
        self, config: Any, script: ScriptDirectory, steps: _Steps, revision: str
    ) -> None:
        context = EnvironmentContext(
            config, script, fn=steps, as_sql=False, starting_rev=None,
            destination_rev=revision, tag=None,
        )  # fmt: skip
        with _application(Path(self._setup.script)), context:
            script.run_env()
        if not steps.ran:
            raise MigrationsError(
                "env.py ran no migration: it must call context.run_migrations() when it is run"
            )

    def _heads(self, _command: Command) -> Sequence[str]:
        return sorted(self._script().get_heads())

    def _plan(self, command: Command) -> list[tuple[str, str, str]]:
        """Return the revisions on the way, in the order in which they run."""
        script = self._script()
        upper = command.revisions or ("heads",)
        steps = script.iterate_revisions(upper, command.since or None, implicit_base=True)
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


@contextmanager
def _application(script: Path) -> Iterator[None]:
    """Enter the context of the Flask application, if env.py is that of Flask-Migrate."""
    with contextlib.ExitStack() as stack:
        if "current_app" in (script / "env.py").read_text(errors="replace"):
            from flask.cli import ScriptInfo

            stack.enter_context(ScriptInfo().load_app().app_context())
        yield


def _watch_create_all(revisions: list[str]) -> None:
    """Keep the revisions that call MetaData.create_all: what they make is the models' state."""
    from sqlalchemy import MetaData

    original = MetaData.create_all

    def create_all(self: Any, *arguments: Any, **options: Any) -> Any:
        frame = sys._getframe(1)
        while frame is not None:
            names = frame.f_globals
            if "down_revision" in names and isinstance(names.get("revision"), str):
                revisions.append(names["revision"])
                break
            frame = frame.f_back  # type: ignore[assignment]
        return original(self, *arguments, **options)

    MetaData.create_all = create_all  # type: ignore[method-assign]
