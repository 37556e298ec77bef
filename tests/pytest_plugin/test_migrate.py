"""With drift_migrate, the project's own Alembic makes the database."""

from __future__ import annotations

import os

import psycopg
import pytest

from tests.pytest_plugin.conftest import Project

ENV = """
    from alembic import context
    from sqlalchemy import create_engine

    engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
FIRST = """
    import sqlalchemy as sa
    from alembic import op

    revision, down_revision = "first", None

    def upgrade():
        op.create_table(
            "users", sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("email", sa.String(100), nullable=False),
            sa.Column("role", sa.Enum("admin", "guest", name="role")),
        )
        op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
    import sqlalchemy as sa
    from alembic import op

    revision, down_revision = "second", "first"

    def upgrade():
        op.add_column("users", sa.Column("more", sa.Integer))
"""
FAILING = SECOND.replace('"users"', '"user"')


@pytest.fixture
def migrated(project: Project, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose live database must not be touched: its URL leads nowhere."""
    monkeypatch.setenv("SCRATCH", dsn)
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2hunter2@127.0.0.1:1/live")
    project.write(
        "alembic.ini", "[alembic]\nscript_location = db\nsqlalchemy.url = postgresql://x.invalid/x"
    )
    project.write("db/env.py", ENV)
    project.write("db/versions/first.py", FIRST)
    project.ini(
        "drift_models = shop:metadata", "drift_migrate = true", "drift_scratch = ${SCRATCH}",
        database=False,
    )  # fmt: skip
    return project


def databases(dsn: str) -> int:
    """Count the scratch databases that this process has not dropped."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_database WHERE datname LIKE 'drift_scratch_%'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_models_are_compared_with_the_migrations(migrated: Project, dsn: str) -> None:
    migrated.run("--drift").assert_outcomes(passed=4)
    migrated.write("db/versions/second.py", SECOND)
    result = migrated.run("--drift")
    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["*! extra-column  warning*", "FAILED drift::public.users *"])


def test_the_database_is_dropped(
    migrated: Project, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("other workers make such databases, too")
    migrated.run("--drift")
    assert databases(dsn) == 0


def test_a_migration_that_fails_is_the_reason(migrated: Project) -> None:
    migrated.write("db/versions/second.py", FAILING)
    result = migrated.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    output = result.stdout.str()
    assert 'relation "user" does not exist' in output
    assert "see drift::public.orders" in output
    assert "hunter2" not in output


def test_the_configuration_of_alembic(migrated: Project) -> None:
    migrated.write("backend/alembic.ini", (migrated.pytester.path / "alembic.ini").read_text())
    (migrated.pytester.path / "alembic.ini").unlink()
    (migrated.pytester.path / "db").rename(migrated.pytester.path / "backend/db")
    result = migrated.run("--drift")
    result.stdout.fnmatch_lines(["*has no Alembic environment*"])
    migrated.run("--drift", "--drift-alembic", "backend/alembic.ini").assert_outcomes(passed=4)


def test_own_tests_use_the_database(migrated: Project) -> None:
    migrated.write(
        "test_own.py",
        """
        import sqlalchemy

        def test_own(drift_database):
            url = drift_database.render_as_string(hide_password=False)
            engine = sqlalchemy.create_engine(url.replace("://", "+psycopg2://", 1))
            assert set(sqlalchemy.inspect(engine).get_table_names()) >= {"users", "orders"}
            engine.dispose()
        """,
    )
    migrated.run().assert_outcomes(passed=1)


def test_two_databases_are_an_error(migrated: Project) -> None:
    result = migrated.run("--drift", "--drift-database", "postgresql:///x")
    result.assert_outcomes(errors=3, passed=1)
    result.stdout.fnmatch_lines(["*drift_database and drift_migrate exclude each other*"])
