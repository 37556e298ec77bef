"""The configuration's folder decides where models are imported from, not the working directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import command
from tests.servers import Database

MODELS = (
    "from sqlalchemy import Column, Integer, MetaData, Table\n"
    "from shop_names import NAME\n"
    "metadata = MetaData()\nTable(NAME, metadata, Column('id', Integer, primary_key=True))\n"
)
CONFIG = "models: shop_app.models:metadata\n"
CASES = {
    "a flat project": (".", "drift.yaml", ""),
    "a folder for the configuration": (".", "config/drift.yaml", ""),
    "src": ("src", "drift.yaml", "path: src\n"),
    "src, of config": ("src", "config/drift.yaml", "path: [src]\n"),
    "a service": ("services/api/src", "services/api/drift.yaml", "path: [src]\n"),
    "another name": ("src", "ops/nightly.yaml", "path: [../src]\n"),
}


@pytest.mark.parametrize(("home", "config", "path"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("here", [".", "docs/deep", "other/shop_app", "elsewhere"])
def test_models_are_those_of_the_project(  # noqa: PLR0917
    home: str, config: str, path: str, here: str, tmp_path: Path, database: Database
) -> None:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    root = tmp_path / "project"
    files = {
        f"{home}/shop_app/__init__.py": "",
        f"{home}/shop_app/models.py": MODELS,
        f"{home}/shop_names.py": "NAME = 'users'\n",
        config: CONFIG + path,
        # Modules of the same names beside the caller must not win.
        "other/shop_app/__init__.py": "",
        "other/shop_app/shop_names.py": "NAME = 'wrong'\n",
        "other/shop_app/models.py": "raise RuntimeError\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    folder = tmp_path / here if here == "elsewhere" else root / here
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"DATABASE_URL": database.url}
    for option in (str(root / config), os.path.relpath(root / config, folder)):
        outcome = command.drift("check", "-c", option, cwd=folder, env=env)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
