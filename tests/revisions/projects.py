"""Alembic projects of three kinds, made by `alembic init`, and the command in them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config

from drift.config import Migrations
from drift.sources.migrations.discovery import Environment, find
from tests import command as processes
from tests.revisions.running import sqlalchemy_url
from tests.versions import DRIVER


class Kind(NamedTuple):
    """A kind of project: its template, its driver, and what env.py gives to `configure`."""

    template: str
    driver: str
    options: str = ""


KINDS = {
    "sync": Kind("generic", DRIVER),
    "async": Kind("async", "asyncpg"),
    "schemas": Kind(
        "pyproject",
        "psycopg2",
        ', include_schemas=True, version_table_schema="app", transaction_per_migration=True',
    ),
}


class Project:
    """A project in a folder; `models` is the text of models.py, with `metadata`."""

    def __init__(self, folder: Path, kind: str, models: str, conninfo: str) -> None:
        """Write it."""
        self.folder, self.kind = folder, KINDS[kind]
        self._conninfo = conninfo
        toml = folder / "pyproject.toml" if self.kind.template == "pyproject" else None
        config = Config(folder / "alembic.ini", toml_file=toml)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(folder):
            command.init(config, "migrations", template=self.kind.template)
        (folder / "models.py").write_text(models)
        self._configure()

    def _configure(self) -> None:
        env = self.folder / "migrations/env.py"
        text = env.read_text().replace(
            "target_metadata = None", "from models import metadata as target_metadata"
        )
        text = re.sub(
            r"target_metadata=target_metadata\b",
            rf"target_metadata=target_metadata{self.kind.options}",
            text,
        )
        env.write_text(text)
        ini = self.folder / "alembic.ini"
        url = sqlalchemy_url(self._conninfo, self.kind.driver).replace("%", "%%")
        ini.write_text(re.sub(r"(?m)^sqlalchemy\.url = .*$", lambda _: f"sqlalchemy.url = {url}",
                              ini.read_text()))  # fmt: skip

    @property
    def versions(self) -> Path:
        return self.folder / "migrations/versions"

    def scripts(self) -> list[Path]:
        """Return the files of the revisions."""
        return sorted(self.versions.glob("*.py"))

    def environment(self) -> Environment:
        environment = find((self.folder,), Migrations())
        assert environment is not None
        return environment

    def alembic(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run the command; return what it printed. Fails if it fails."""
        done = self.run(*arguments, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(env or {})
        return processes.alembic(*arguments, cwd=self.folder, env=variables)
