"""Tests of tables are selected, reordered and run again like any others."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import Project

OWN, ORDERS, USERS, OTHER = (
    "test_own.py::test_own", "drift::public.orders", "drift::public.users", "drift::other",
)  # fmt: skip
ALL = [OWN, ORDERS, USERS, OTHER]

SELECTIONS = {
    "--drift": (["--drift"], ALL),
    "nothing": ([], [OWN]),
    "-k": (["--drift", "-k", "public.users"], [USERS]),
    "-m": (["--drift", "-m", "drift"], [ORDERS, USERS, OTHER]),
    "-m not": (["--drift", "-m", "not drift"], [OWN]),
    "--deselect": (["--drift", "--deselect", USERS], [OWN, ORDERS, OTHER]),
    "a name": ([USERS], [USERS]),
    "names": ([OTHER, USERS], [USERS, OTHER]),
    "a name from elsewhere": ([f"../{USERS}"], [USERS]),
    "a name and a file": (["test_own.py", USERS], [OWN, USERS]),
    "a file": (["--drift", "test_own.py"], ALL),
    "no plugin": (["-p", "no:drift"], [OWN]),
}


def names(result: pytest.RunResult) -> list[str]:
    """Return the names of the collected tests."""
    return [line for line in result.outlines if "::" in line]


@pytest.mark.parametrize(("arguments", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_selections(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    expected: list[str],
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://nowhere.invalid/shop")  # never asked
    project.write("pytest.ini", "[pytest]\n")
    project.write("drift.yaml", "models: shop:metadata\ndatabase: ${NOT_SET}\n")
    result = project.run("--collect-only", "-q", *arguments)
    assert names(result) == expected


NARROW = {
    "nothing": ([], True),
    "a folder": (["."], True),
    "a file": (["test_own.py"], False),
    "a test": ([OWN], False),
    "a file and a folder": (["test_own.py", "more"], True),
}


@pytest.mark.parametrize(("arguments", "is_added"), NARROW.values(), ids=NARROW)
def test_the_ini_key_leaves_runs_of_single_files_alone(
    project: Project, arguments: list[str], is_added: bool
) -> None:
    project.write("more/test_more.py", "")
    project.ini("drift = true", "drift_models = shop:metadata")
    collected = names(project.run("--collect-only", "-q", *arguments))
    assert (USERS in collected) is is_added
    assert OWN in collected


def test_an_unknown_name_is_a_usage_error(project: Project) -> None:
    result = project.run("drift::public.user")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: not found: drift::public.user"])


def test_a_test_that_is_named_runs_alone(project: Project) -> None:
    project.run(USERS).assert_outcomes(passed=1)


def test_failed_tests_run_again(project: Project) -> None:
    project.write("test_own.py", "def test_own(): assert False\ndef test_good(): ...")
    project.database.execute("ALTER TABLE users ADD more int")
    project.run_cached("--drift").assert_outcomes(failed=2, passed=3)
    result = project.run_cached("--drift", "--lf", "-v")
    result.assert_outcomes(failed=2)
    assert f"{USERS} FAILED" in result.stdout.str()
    project.database.execute("ALTER TABLE users DROP more")
    project.run_cached("--drift", "--lf").assert_outcomes(failed=1, passed=1)
    project.run_cached("--drift", "--lf").assert_outcomes(failed=1)


def test_the_first_failure_ends_the_run(project: Project) -> None:
    project.database.execute("ALTER TABLE users ADD more int; ALTER TABLE orders ADD more int")
    project.run("--drift", "-x").assert_outcomes(failed=1, passed=1)


def test_any_order(project: Project) -> None:
    project.write(
        "conftest.py",
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: (item.module.__name__, str(item.path)), reverse=True)

        @pytest.hookimpl(trylast=True, hookwrapper=True)
        def pytest_runtest_protocol(item):
            assert item.function and item.cls is None
            yield
        """,
    )
    project.run("--drift").assert_outcomes(passed=4)


ODD = {
    "a colon": ("a::b", r"drift::public.a:\x3ab"),
    "a bracket": ("a[b]", r"drift::public.a\x5bb]"),
    "a line": ("a\nb", r"drift::public.a\x0ab"),
    "a command": ("x\x1b[31m", r"drift::public.x\x1b\x5b31m"),
    "a call": ("::()", r"drift::public.:\x3a()"),
    "letters": ("größe", "drift::public.größe"),
}


@pytest.mark.parametrize(("name", "expected"), ODD.values(), ids=ODD)
def test_odd_names(project: Project, name: str, expected: str) -> None:
    project.write(
        "shop.py",
        f"""
        import sqlalchemy as sa

        metadata = sa.MetaData()
        sa.Table({name!r}, metadata, sa.Column("id", sa.Integer))
        """,
    )
    quoted = name.replace('"', '""')
    project.database.execute("DROP TABLE users, orders; DROP TYPE role")
    project.database.execute(f'CREATE TABLE "{quoted}" (id int, more int)')
    result = project.run_cached("--drift", "-v")
    result.assert_outcomes(failed=1, passed=2)
    assert f"{expected} FAILED" in result.stdout.str()
    project.run_cached("--drift", "--lf").assert_outcomes(failed=1)
    project.run(expected).assert_outcomes(failed=1)
