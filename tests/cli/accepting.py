"""The project whose differences the tests of `drift accept` accept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
metadata = MetaData()
Table("teams", metadata, Column("id", Integer, primary_key=True), comment="Teams")
Table(
    "users", metadata, Column("id", Integer, primary_key=True),
    Column("email", Text, comment="Address"), Column("role", Text, nullable=False),
    Column("team", Integer, ForeignKey("teams.id", name="fk", ondelete="CASCADE")),
    comment="Users",
)
"""
TABLES = """
    CREATE TABLE teams (id serial PRIMARY KEY);
    CREATE TABLE users (id serial PRIMARY KEY, email text, team int, old text, "a*b" text,
        CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams ON DELETE SET NULL DEFERRABLE);
    COMMENT ON TABLE teams IS 'Teams';
"""
HOSTILE = """
    CREATE TABLE "we[i]rd?" ("x y" int, "${HOME}" int, "::error::a
b" int, "aXb" int);
    CREATE TABLE "weird1" (id int);
"""
REASON = ("--reason", "known since spring")


class Project:
    """A project with a configuration, and the command run in its folder."""

    def __init__(self, run: Any, folder: Path, urls: dict[str, str]) -> None:
        self._run, self.folder, self.urls = run, folder, urls
        (folder / "shop.py").write_text(MODELS)
        lines = [f'  {name}:\n    database: "{url}"\n' for name, url in urls.items()]
        self.write(
            f"# Our checks.\nmodels: shop:metadata   # all of them\ntargets:\n{''.join(lines)}"
        )

    @property
    def path(self) -> Path:
        return self.folder / "drift.yaml"

    def write(self, text: str) -> None:
        self.path.write_text(text)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        outcome: subprocess.CompletedProcess[str] = self._run(*arguments, **environment)
        return outcome

    def checks(self) -> dict[str, Any]:
        report = json.loads(self.run("check", "--format", "json").stdout)
        return {check["target"]: check for check in report["checks"]}

    def left(self) -> dict[str, list[str]]:
        return {name: briefs(check["findings"]) for name, check in self.checks().items()}

    def ignored(self) -> dict[str, list[str]]:
        return {name: briefs(check["ignored_findings"]) for name, check in self.checks().items()}

    def fingerprint(self, brief: str, target: str = "default") -> str:
        [found] = [f for f in self.checks()[target]["findings"] if brief in briefs([f])]
        return str(found["fingerprint"])

    def config(self) -> Any:
        return yaml.safe_load(self.path.read_text())


def briefs(findings: Any) -> list[str]:
    """Return `rule schema.table.name` for each finding; of a table, both names."""
    names = ("schema", "table", "name")
    paths = [
        [f["object"][name] for name in names[f["object"]["kind"] == "table" :] if f["object"][name]]
        for f in findings
    ]
    return sorted(f"{f['rule']} {'.'.join(path)}" for f, path in zip(findings, paths, strict=True))
