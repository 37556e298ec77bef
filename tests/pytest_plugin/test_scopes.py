"""The database of a fixture of any scope, in every form that projects have at hand."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.api.shop import url_of
from tests.pytest_plugin.conftest import Project

COMMON = """
    import os
    import pytest
    import sqlalchemy as sa

    @pytest.fixture
    def engine():
        engine = sa.create_engine(os.environ["SHOP_PSYCOPG2"], future=True)
        yield engine
        engine.dispose()

    @pytest.fixture(scope="module")
    def migrated():
        import psycopg

        with psycopg.connect(os.environ["SHOP_DATABASE"]) as connection:
            connection.execute("ALTER TABLE users ADD COLUMN phone text")

"""
DATABASES = {
    "an engine of a function": """
    @pytest.fixture
    def drift_database(migrated, engine):
        return engine
""",
    "a session in its transaction": """
    @pytest.fixture
    def drift_database(engine):
        from sqlalchemy.orm import Session

        with Session(engine, future=True) as session:
            session.execute(sa.text("ALTER TABLE users ADD COLUMN phone text"))
            yield session
            session.rollback()
""",
    "a connection": """
    @pytest.fixture
    def drift_database(migrated, engine):
        with engine.connect() as connection:
            yield connection
""",
    "a URL of a class": """
    @pytest.fixture(scope="class")
    def drift_database(migrated):
        return os.environ["SHOP_DATABASE"].replace("postgresql://", "postgres://")
""",
    "an asynchronous engine": """
    @pytest.fixture
    def drift_database(migrated):
        from sqlalchemy.ext.asyncio import create_async_engine

        url = sa.engine.make_url(os.environ["SHOP_PSYCOPG2"])
        return create_async_engine(url.set(drivername="postgresql+asyncpg"))
""",
}


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    url = url_of(project.database, "psycopg2").render_as_string(hide_password=False)
    monkeypatch.setenv("SHOP_PSYCOPG2", url)
    project.write("pytest.ini", "[pytest]\ndrift_models = shop:metadata\n")
    return project


@pytest.mark.parametrize("text", DATABASES.values(), ids=DATABASES)
def test_the_database_is_that_of_the_fixture(shop: Project, text: str) -> None:
    if "asyncio" in text and find_spec("asyncpg") is None:
        pytest.skip("asyncpg is not installed")
    shop.write("conftest.py", COMMON + text)
    result = shop.run("--drift")
    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["*extra-column*", "*phone*"])


def test_a_fixture_of_a_function_is_set_up_once(shop: Project) -> None:
    text = """
    @pytest.fixture
    def drift_database(engine):
        with open("log", "a") as log:
            yield log.write("set up") and engine
            log.write(", torn down")
"""
    shop.write("conftest.py", COMMON + text)
    shop.write("test_own.py", "def test_own(drift_report): assert drift_report.in_sync")
    shop.run("--drift").assert_outcomes(passed=4)
    assert (shop.pytester.path / "log").read_text() == "set up, torn down"


def test_the_problem_of_a_fixture_of_a_function_is_printed_once(shop: Project) -> None:
    text = """
    @pytest.fixture
    def drift_database(engine):
        raise RuntimeError("no container")
"""
    shop.write("conftest.py", COMMON + text)
    result = shop.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    assert result.stdout.str().count("E       RuntimeError: no container") == 1


def test_an_asynchronous_session_is_an_error_that_names_the_engine(shop: Project) -> None:
    text = """
    @pytest.fixture
    def drift_database():
        from sqlalchemy.ext.asyncio import AsyncSession

        return AsyncSession()
"""
    shop.write("conftest.py", COMMON + text)
    result = shop.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    result.stdout.fnmatch_lines(["*AsyncSession is asynchronous: *pass the engine or its URL*"])
