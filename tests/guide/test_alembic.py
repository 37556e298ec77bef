"""The page about Alembic's hooks: its configurations are valid, and its hook works."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from drift import config
from drift.kinds import RULES
from tests.servers import Database
from tests.sources.migrations.hooks.hooked import USERS, HookedProject, excluded, findings

PAGE = (resources.files("drift.guide") / "alembic.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_the_configurations_are_valid(tmp_path: Path, text: str) -> None:
    file = tmp_path / "drift.yaml"
    file.write_text(text)
    overridden = {"database"}
    settings = config.load(file, environment={}, known_rules=RULES, overridden=overridden)
    assert settings.targets[0].alembic


def test_the_hook_excludes_what_the_page_says(tmp_path: Path, database: Database, dsn: str) -> None:
    project = HookedProject(tmp_path, database, dsn)
    project.env(blocks("python")[0], "include_object=include_object")
    database.execute(USERS + "CREATE TABLE spatial_ref_sys (id int); CREATE TABLE other (id int)")
    check = project.check()
    assert findings(check) == ["extra-table public.other"]
    assert excluded(check) == [
        "extra-table public.spatial_ref_sys: excluded by include_object of db/env.py"
    ]
