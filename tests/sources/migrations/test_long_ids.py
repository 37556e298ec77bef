"""A revision's id that the version table cannot hold is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.errors import MigrationsError
from drift.sources.migrations.runner import run
from tests.servers import Database
from tests.sources.migrations.run_projects import ASYNC, NAME, SYNC, USERS, Project, driver, of

LONG = "a_revision_with_an_id_of_more_than_32_characters"
OF_ASYNCPG = ASYNC.format(
    url='os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:")'
    '.replace("+psycopg:", "+asyncpg:")'
)
ENVIRONMENTS = [
    pytest.param(SYNC, id="synchronous"),
    pytest.param(OF_ASYNCPG, id="asynchronous", marks=driver("asyncpg")),
]
LONG_FIRST, LONG_LAST = (LONG, "b2"), ("a1", LONG)


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("ids", [LONG_FIRST, LONG_LAST])
def test_the_error_names_the_id(
    tmp_path: Path, database: Database, env: str, ids: tuple[str, str]
) -> None:
    project = Project(tmp_path, env)
    project.revision(ids[0], None, USERS)
    project.revision(ids[1], ids[0], NAME)
    with run(project.environment, database.url) as migrations, pytest.raises(MigrationsError) as e:
        migrations.upgrade()
    assert f"the revision id {LONG} is longer than 32 characters (shorten the id" in str(e.value)


def test_the_advice_works(tmp_path: Path, database: Database) -> None:
    wide = """
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(99) PRIMARY KEY)")
    connection.commit()
"""
    project = Project(
        tmp_path,
        of('os.environ["DATABASE_URL"], future=True').replace(
            "    context.configure", f"{wide}    context.configure"
        ),
    )
    project.revision(LONG, None, USERS)
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
        assert migrations.current() == (LONG,)


def test_other_values_that_are_too_long_are_not_taken_for_an_id(
    tmp_path: Path, database: Database
) -> None:
    project = Project(tmp_path)
    project.revision("a1", None, f"op.execute(\"SELECT '{LONG}'::char(1)::varchar\")")
    project.revision("b2", "a1", f"""
op.execute("CREATE TABLE t (version varchar(3))")
op.execute("INSERT INTO t VALUES ('{LONG}')")""")  # fmt: skip
    with run(project.environment, database.url) as migrations, pytest.raises(MigrationsError) as e:
        migrations.upgrade()
    assert "revision b2" in str(e.value)
    assert "value too long for type character varying(3)" in str(e.value)
