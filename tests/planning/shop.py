"""A small shop that has drifted, as a project with a configuration."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from tests.revisions.running import sqlalchemy_url
from tests.servers import Database
from tests.versions import DRIVER

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, text

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(100), nullable=False),
    Column("role", String(20), nullable=False, server_default="user"),
    Column("rank", Integer),
)
orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), index=True),
)
"""
LIVE = """
CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) NOT NULL, rank bigint, old text);
CREATE TABLE orders (id serial PRIMARY KEY, user_id integer REFERENCES users);
"""
ALL = ("--allow", "drop", "--decide", "public.users.rank=convert")
"""The options with which the plan of the shop is complete."""


class Shop:
    """The project of a test: a folder, its database, and the command in it."""

    def __init__(self, folder: Path, database: Database, dsn: str, run: Run) -> None:
        """Write it; `dsn` is the server for proofs, which spares the start of another one."""
        self.folder, self.database, self.dsn, self._run = folder, database, dsn, run
        self.models(MODELS)
        self.configure()

    def models(self, text: str) -> None:
        """Write the models."""
        (self.folder / "shop.py").write_text(text)

    def change(self, old: str, new: str) -> None:
        """Change the models."""
        text = (self.folder / "shop.py").read_text()
        assert old in text
        self.models(text.replace(old, new))

    def configure(self, **keys: Any) -> None:
        """Write drift.yaml, with more keys of the target."""
        target = {"database": "${SHOP}", "models": "shop:metadata"} | keys
        document = {"scratch": "${SCRATCH}", "targets": {"production": target}}
        (self.folder / "drift.yaml").write_text(json.dumps(document))

    def plan(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `drift plan` without a proof, unless the options ask for it."""
        proof = () if {"--verify", "--no-verify"} & {*options} else ("--no-verify",)
        return self.run("plan", *options, *proof, **environment)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command in the folder."""
        url = sqlalchemy_url(self.database.url, DRIVER)
        variables = {"SHOP": self.database.url, "SCRATCH": self.dsn, "ALEMBIC_URL": url}
        variables |= environment
        return self._run(*arguments, **variables)

    def json(self, *options: str) -> Any:
        """Return the plan as JSON."""
        done = self.plan("--format", "json", *options)
        assert done.returncode in {0, 1}, done.stderr
        return json.loads(done.stdout)

    def titles(self, *options: str) -> list[str]:
        """Return the titles of the steps that run."""
        return [step["title"] for step in self.json(*options)["steps"] if step["runs"]]
