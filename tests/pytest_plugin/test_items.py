"""A test per table: what passes, what fails, and what is printed."""

from __future__ import annotations

from xml.etree import ElementTree

import psycopg
import pytest

from tests.pytest_plugin.conftest import Project

NAMES = ["drift::public.orders", "drift::public.users", "drift::other"]

CASES = {
    "nothing": ("", {}),
    "a missing column": (
        "ALTER TABLE users DROP COLUMN email",
        {"drift::public.users": "missing-column"},
    ),
    "an index": ("CREATE INDEX ix ON orders (id)", {"drift::public.orders": "extra-index"}),
    "a table": (
        "DROP TABLE orders",
        {"drift::public.orders": "missing-table"},
    ),
    "two tables": (
        "ALTER TABLE users ADD more int; ALTER TABLE orders ADD more int",
        {"drift::public.users": "extra-column", "drift::public.orders": "extra-column"},
    ),
    "an enum": ("ALTER TYPE role ADD VALUE 'owner'", {"drift::other": "enum-mismatch"}),
}


@pytest.mark.parametrize(("sql", "failing"), CASES.values(), ids=CASES)
def test_each_difference_fails_the_test_of_its_table(
    project: Project, sql: str, failing: dict[str, str]
) -> None:
    project.database.execute(sql)
    result = project.run("--drift", "-rA")
    result.assert_outcomes(failed=len(failing), passed=4 - len(failing))
    output = result.stdout.str()
    for name in NAMES:
        assert f"{'FAILED' if name in failing else 'PASSED'} {name}" in output
    for rule in failing.values():
        assert f" {rule}  " in output


DECLARATIVE = """
    import sqlalchemy as sa
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()
    class User(Base):
        __tablename__ = "users"
        id = sa.Column(sa.Integer, primary_key=True)
        email = sa.Column(sa.String(100), nullable=False)
    class Order(Base):
        __tablename__ = "orders"
        id = sa.Column(sa.Integer, primary_key=True)
    metadata = Base.metadata
"""


def test_a_failure_is_the_report_of_its_table_without_a_traceback(project: Project) -> None:
    project.write("shop.py", DECLARATIVE)
    project.database.execute(
        "ALTER TABLE users DROP email, DROP role; ALTER TABLE orders ADD x int"
    )
    result = project.run("--drift", "-k", "users", "-vv")
    result.stdout.fnmatch_lines(
        [
            "drift::public.users FAILED *",
            "*_ drift: public.users _*",
            "public.users  1 error",
            "  shop.py",
            "  ✗ missing-column  error",
            "      email  character varying(100) NOT NULL  :9",
            "How to fix *",
            "  expected  models shop:metadata",
            f"  live      database {project.database.name} on*",
            "FAILED drift::public.users - 1 error",
        ]
    )
    output = result.stdout.str()
    assert "orders" not in output.partition("FAILURES")[2]
    assert "Traceback" not in output
    assert "judge" not in output


def test_junit_has_a_case_per_table(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN email")
    project.run("--drift", "--junitxml=junit.xml")
    cases = {
        f"{case.get('classname')} {case.get('name')}": case.find("failure")
        for case in ElementTree.parse(project.pytester.path / "junit.xml").iter("testcase")
    }
    assert sorted(cases) == [
        "drift other", "drift public.orders", "drift public.users", "test_own test_own",
    ]  # fmt: skip
    failure = cases.pop("drift public.users")
    assert failure is not None
    assert failure.get("message") == "1 error"
    assert "missing-column" in (failure.text or "")
    assert set(cases.values()) == {None}


def test_a_difference_below_the_threshold_is_a_section_of_a_passing_test(project: Project) -> None:
    project.database.execute("ALTER TABLE users ADD more int")
    result = project.run("--drift", "--drift-fail-on", "error", "-rP")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*PASSES*", "*drift*", "*extra-column  warning*"])


REQUIRED = {True: {"failed": 1, "passed": 3}, False: {"skipped": 1, "passed": 3}}


@pytest.mark.parametrize("required", REQUIRED)
def test_what_was_not_compared_is_no_success(project: Project, required: bool) -> None:
    project.write(
        "shop.py",
        """
        import sqlalchemy as sa

        metadata = sa.MetaData()
        sa.Table("users", metadata, sa.Column("age", sa.Integer), sa.CheckConstraint("age > 0"))
        sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True))
        """,
    )
    project.database.execute(
        "DROP TABLE users; DROP TYPE role; CREATE TABLE users (age int CHECK (age > 0))"
    )
    with psycopg.connect(project.database.url) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        result = project.run("--drift", "-rs", *["--drift-require-complete"][: int(required)])
    result.assert_outcomes(**REQUIRED[required])
    output = " ".join(result.stdout.str().split())
    assert "public.users is locked by another session" in output


def test_a_check_that_cannot_be_made_is_explained_once(project: Project) -> None:
    project.ini("drift_models = shop:metadata", database=False)
    result = project.run("--drift")
    result.assert_outcomes(errors=3, passed=1)
    output = result.stdout.str()
    assert output.count("no database given; write drift_database = ") == 1
    assert output.count("the check could not be made, see drift::public.orders") == 2
    assert "Traceback" not in output


def test_a_server_that_is_down_is_an_error_without_its_password(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://app:hunter2hunter2@127.0.0.1:1/shop")
    project.write("drift.yaml", "models: shop:metadata\nconnect_timeout: 1s\n")
    project.ini()
    result = project.run("--drift", "-vv", "--showlocals", "--tb=long")
    result.assert_outcomes(errors=3, passed=1)
    output = result.stdout.str() + result.stderr.str()
    assert "127.0.0.1" in output
    assert "hunter2" not in output


BROKEN = {
    "an exception": (
        "raise RuntimeError('secret')",
        "RuntimeError (its message may hold secrets; pytest -v prints it)",
    ),
    "no tables": ("import sqlalchemy as sa\nmetadata = sa.MetaData()", "holds no tables"),
    "no such name": ("", "has no attribute 'metadata'"),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.values(), ids=BROKEN)
def test_models_that_cannot_be_read_are_an_error_of_collecting(
    project: Project, code: str, reason: str
) -> None:
    project.write("shop.py", code)
    result = project.run("--drift")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    output = result.stdout.str()
    assert "ERROR collecting drift" in output
    assert reason in output
    assert "Traceback" not in output
    assert "secret'" not in output
    assert reason.partition(" (")[0] in project.run("--drift", "-v").stdout.str()
    result = project.run("--drift", "--continue-on-collection-errors")
    result.assert_outcomes(errors=1, passed=1)
