"""Shapes of env.py: the templates of Alembic, modules of hooks, and those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Database
from tests.sources.migrations.hooks.hooked import (
    ASYNC,
    GENERIC,
    INI,
    MULTIDB,
    USERS,
    HookedProject,
    excluded,
    findings,
)
from tests.sources.migrations.run_projects import driver
from tests.versions import ASYNC_DIALECT, DIALECT

LEGACY = """
def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and reflected and name.startswith("legacy_"))
"""
EXTRA = "CREATE TABLE legacy_a (id int); CREATE TABLE other (id int)"
EXCLUDED = ["extra-table public.legacy_a: excluded by include_object of db/env.py"]


@pytest.fixture
def project(tmp_path: Path, database: Database, dsn: str) -> HookedProject:
    return HookedProject(tmp_path, database, dsn)


@pytest.mark.parametrize(
    "template", [GENERIC, pytest.param(ASYNC, marks=driver("greenlet"))], ids=["generic", "async"]
)
def test_templates_without_models_in_the_configuration(
    project: HookedProject, database: Database, template: str
) -> None:
    if template == ASYNC:
        project.write("alembic.ini", INI.replace(DIALECT, ASYNC_DIALECT))
    project.env(LEGACY, "include_object=include_object", template=template)
    database.execute(USERS + EXTRA)
    check = project.check()
    assert check["expected"]["name"] == "models:Base"
    assert findings(check) == ["extra-table public.other"]
    assert excluded(check) == EXCLUDED
    assert "1 difference is excluded by include_object of db/env.py" in check["notes"]


def test_the_configuration_of_alembic_in_pyproject(
    project: HookedProject, database: Database
) -> None:
    (project.root / "alembic.ini").unlink()
    table = '[tool.alembic]\nscript_location = "%(here)s/db"\nprepend_sys_path = ["."]\n'
    project.write("pyproject.toml", table)
    project.config(migrations={"config": "pyproject.toml"})
    project.env(LEGACY, "include_object=include_object")
    database.execute(USERS + EXTRA)
    assert excluded(project.check()) == EXCLUDED


def test_hooks_of_an_imported_module(project: HookedProject, database: Database) -> None:
    project.write("shop/__init__.py", "")
    project.write("shop/hooks.py", LEGACY)
    project.env(
        imports="from models import Base\nfrom shop import hooks",
        options="include_object=hooks.include_object",
    )
    database.execute(USERS + EXTRA)
    check = project.check()
    assert excluded(check) == EXCLUDED
    assert check["ignored_findings"][0]["declared_at"] == "shop/hooks.py:2"


def test_nothing_is_excluded_unless_asked(project: HookedProject, database: Database) -> None:
    project.config(alembic=False, models=["models:Base"])
    project.env(LEGACY, "include_object=include_object")
    database.execute(USERS + EXTRA)
    check = project.check()
    assert findings(check) == ["extra-table public.legacy_a", "extra-table public.other"]


@pytest.mark.parametrize("options", ["compare_type=True", "include_schemas=False"])
def test_an_env_without_hooks_excludes_nothing(
    project: HookedProject, database: Database, options: str
) -> None:
    project.env(options=options)
    database.execute(USERS + EXTRA)
    assert findings(project.check()) == ["extra-table public.legacy_a", "extra-table public.other"]


PACKAGE = {
    "shop/__init__.py": "",
    "shop/db.py": "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n",
    "shop/users.py": (
        "import sqlalchemy as sa\nfrom shop.db import Base\n\nclass User(Base):\n"
        "    __tablename__ = 'users'\n    id = sa.Column(sa.Integer, primary_key=True)\n"
        "    name = sa.Column(sa.Text)\n"
    ),
    "shop/orders/__init__.py": (
        "import sqlalchemy as sa\nfrom shop.db import Base\n"
        "key = sa.Column('id', sa.Integer, primary_key=True)\n"
        "orders = sa.Table('orders', Base.metadata, key)\n"
    ),
    "shop/orders/fails.py": "raise SystemExit('only run as a script')\n",
}
ORDERS = "CREATE TABLE orders (id serial PRIMARY KEY);"


@pytest.mark.parametrize(
    ("imports", "metadata"),
    [
        ("from shop.db import Base\nimport shop.users, shop.orders", "Base.metadata"),
        ("from shop.db import Base\nimport shop.users, shop.orders", "[Base.metadata]"),
        ("import shop.users, shop.orders, shop.db as d", "d.Base.metadata"),
    ],
)
def test_models_in_several_modules(
    project: HookedProject, database: Database, imports: str, metadata: str
) -> None:
    for name, text in PACKAGE.items():
        project.write(f"src/{name}", text)
    project.write("alembic.ini", INI.replace("prepend_sys_path = .", "prepend_sys_path = src"))
    project.env(imports=imports, metadata=metadata)
    database.execute(USERS + ORDERS)
    check = project.check()
    assert check["in_sync"], findings(check)
    assert sorted(check["tables"]) == ["public.orders", "public.users"]


OWN_TABLE = "Base.metadata\nimport sqlalchemy as sa\nsa.Table('own', target_metadata)"
UNUSABLE = {
    "no metadata": ("", "None", "target_metadata of db/env.py is None"),
    "metadata without tables": (
        "from sqlalchemy import MetaData", "MetaData()", "target_metadata of db/env.py holds no"
    ),
    "metadata of its own": (
        "import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table('a', m, sa.Column('b', sa.Integer))",
        "m", "db/env.py makes target_metadata, or a table of it, itself",
    ),
    "a table of its own": (
        "from models import Base", OWN_TABLE, "db/env.py makes target_metadata, or a table of it"
    ),
    "an error": (
        "from models import Base, Gone", "Base.metadata", "db/env.py:5: ImportError"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("imports", "metadata", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_metadata_that_cannot_be_imported(
    project: HookedProject, database: Database, imports: str, metadata: str, message: str
) -> None:
    project.env(imports=imports, metadata=metadata)
    database.execute(USERS)
    assert message in project.error()


def test_several_databases_are_refused(project: HookedProject, database: Database) -> None:
    project.env(
        template=MULTIDB, imports="from sqlalchemy import MetaData\nfrom models import Base"
    )
    database.execute(USERS)
    assert "env.py migrates several databases" in project.error()


def test_an_environment_that_does_not_exist(project: HookedProject) -> None:
    (project.root / "alembic.ini").unlink()
    assert "alembic: true, but the project has no Alembic environment" in project.error()


@pytest.mark.parametrize("hook", ["include_object", "include_name"])
def test_a_hook_that_fails(project: HookedProject, database: Database, hook: str) -> None:
    project.env(f"def {hook}(*arguments):\n    return {{}}['hunter2']", f"{hook}={hook}")
    database.execute(USERS + EXTRA)
    error = project.error()
    assert "db/env.py:10: KeyError" in error
    assert "hunter2" not in error


def test_env_reaches_no_database_but_the_scratch_one(
    project: HookedProject, database: Database
) -> None:
    project.env("import psycopg\npsycopg.connect('host=db.example.com dbname=live')")
    database.execute(USERS)
    assert "env.py connects to db.example.com" in project.error()
