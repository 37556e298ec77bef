"""Users override the fixtures, and use them in tests of their own."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import Project


@pytest.fixture
def bare(project: Project) -> Project:
    """A project without any option of ours."""
    project.write("pytest.ini", "[pytest]\nfilterwarnings = error\n")
    return project


@pytest.mark.parametrize("folder", ["", "tests/", "tests/deep/"])
@pytest.mark.parametrize("has_own_test", [True, False])
def test_a_database_of_conftest(bare: Project, folder: str, has_own_test: bool) -> None:
    bare.write(
        f"{folder}conftest.py",
        """
        import os
        import pytest

        @pytest.fixture(scope="session")
        def server():
            return os.environ["SHOP_DATABASE"]

        @pytest.fixture(scope="session")
        def drift_database(server):
            return server

        @pytest.fixture(scope="module", autouse=True)
        def of_modules():
            yield
        """,
    )
    if has_own_test:
        bare.write(f"{folder}test_mine.py", "def test_mine(): ...")
    bare.database.execute("ALTER TABLE users ADD more int")
    result = bare.run("--drift", "--drift-models", "shop:metadata", "-v")
    result.assert_outcomes(failed=1, passed=4 if has_own_test else 3)
    result.stdout.fnmatch_lines([f"{folder}drift::public.users FAILED*"])
    named = bare.run(f"{folder}drift::public.users", "--drift-models", "shop:metadata")
    named.assert_outcomes(failed=1)


def test_an_engine(bare: Project) -> None:
    bare.write(
        "conftest.py",
        """
        import os
        import pytest
        import sqlalchemy
        from urllib.parse import quote

        @pytest.fixture(scope="session")
        def drift_database():
            import psycopg

            parameters = psycopg.conninfo.conninfo_to_dict(os.environ["SHOP_DATABASE"])
            name = parameters.pop("dbname")
            query = "&".join(f"{key}={quote(value)}" for key, value in parameters.items())
            engine = sqlalchemy.create_engine(f"postgresql+psycopg2:///{name}?{query}")
            yield engine
            engine.dispose()
        """,
    )
    result = bare.run("--drift", "--drift-models", "shop:metadata")
    result.assert_outcomes(passed=4)


MODELS = """
    import pytest

    @pytest.fixture(scope="session")
    def drift_models():
        import shop

        return shop.metadata
"""


def test_models_of_a_fixture_are_one_test(project: Project) -> None:
    project.ini()
    project.write("conftest.py", MODELS)
    project.run("--drift").assert_outcomes(passed=2)
    project.database.execute("ALTER TABLE users DROP email; ALTER TABLE orders ADD more int")
    result = project.run("--drift")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["public.users *", "public.orders *", "FAILED drift::schema *"])


def test_models_of_a_fixture_with_names_of_the_options(project: Project) -> None:
    project.write("conftest.py", MODELS)
    project.database.execute("ALTER TABLE users DROP email")
    result = project.run("--drift")
    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["FAILED drift::public.users *"])


def test_tables_that_only_a_fixture_knows_are_not_missed(project: Project) -> None:
    project.write(
        "conftest.py",
        MODELS + "\n    @pytest.fixture(scope='session', autouse=True)\n    def late():\n"
        "        import shop\n        import sqlalchemy as sa\n\n"
        "        sa.Table('late', shop.metadata, sa.Column('id', sa.Integer))\n",
    )
    result = project.run("--drift")
    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["public.late *", "FAILED drift::other *"])


def test_the_report_in_a_test(project: Project) -> None:
    project.database.execute("ALTER TABLE users ADD more int")
    project.write(
        "test_own.py",
        """
        import pytest

        @pytest.mark.drift
        def test_no_errors(drift_report):
            assert [finding.rule for finding in drift_report.findings] == ["extra-column"]
            assert not drift_report.reaches("error")
        """,
    )
    project.run().assert_outcomes(passed=1)
    project.run("--drift", "-m", "drift").assert_outcomes(passed=3, failed=1)


def test_a_fixture_that_fails_is_printed_once(project: Project) -> None:
    project.write(
        "conftest.py",
        """
        import pytest

        @pytest.fixture(scope="session")
        def drift_database():
            raise RuntimeError("no container")
        """,
    )
    result = project.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    assert result.stdout.str().count("E       RuntimeError: no container") == 1
    assert result.stdout.str().count("could not be made, see drift::public.orders") == 2


def test_a_fixture_that_skips_skips_all(project: Project) -> None:
    project.write(
        "conftest.py",
        """
        import pytest

        @pytest.fixture(scope="session")
        def drift_database():
            pytest.skip("no container")
        """,
    )
    project.run("--drift").assert_outcomes(skipped=3, passed=1)


def test_migrations_are_not_compared_with_a_database_that_a_fixture_makes(
    project: Project,
) -> None:
    project.write("alembic.ini", "[alembic]\nscript_location = db\n")
    project.write("db/env.py", "")
    project.write(
        "db/versions/a.py",
        "revision = 'a'\ndown_revision = None\n"
        "def upgrade():\n    op.create_table('users')\ndef downgrade(): ...\n",
    )
    result = project.run("--drift")
    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(["FAILED drift::other *"])
    project.write(
        "conftest.py",
        """
        import os
        import pytest

        @pytest.fixture(scope="session")
        def drift_database():
            return os.environ["SHOP_DATABASE"]
        """,
    )
    project.run("--drift").assert_outcomes(passed=4)
