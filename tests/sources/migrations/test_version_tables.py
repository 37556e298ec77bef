"""Alembic's version table is known by the name that the project's files give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.sources.migrations.version_tables import version_tables

CASES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "no Alembic": ({}, ()),
    "nothing configured": ({"alembic/env.py": "context.configure(connection=c)"}, ()),
    "env.py": ({"migrations/env.py": 'context.configure(version_table="own")'}, ("own",)),
    "a constant": ({"alembic/env.py": "VERSION_TABLE = 'own'\n"}, ("own",)),
    "a dictionary": ({"alembic/env.py": '{"version_table": "own"}'}, ("own",)),
    "alembic.ini": (
        {"alembic.ini": "[alembic]\nscript_location = x\nversion_table = own"}, ("own",)
    ),
    "another folder": (
        {"alembic.ini": "[alembic]\nscript_location = %(here)s/db",
         "db/env.py": "version_table='own'"},
        ("own",),
    ),
    "a package": (
        {"alembic.ini": "[alembic]\nscript_location = app.data:db",
         "app/data/db/env.py": "version_table='own'"},
        ("own",),
    ),
    "pyproject.toml": (
        {"pyproject.toml": "[tool.alembic]\nscript_location = 'db'",
         "db/env.py": "version_table='own'"},
        ("own",),
    ),
    "files that cannot be read": (
        {"alembic.ini": "no section", "pyproject.toml": "[[", "alembic/env.py": "\0"}, ()
    ),
    "another file": ({"app/models.py": "version_table='own'"}, ()),
}  # fmt: skip


@pytest.mark.parametrize(("files", "names"), CASES.values(), ids=CASES)
def test_the_names_come_from_the_projects_files(
    tmp_path: Path, files: dict[str, str], names: tuple[str, ...]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert set(version_tables(tmp_path)) == {"alembic_version", *names}
