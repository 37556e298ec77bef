"""The plugin costs nothing where it is not used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.pytest_plugin.conftest import Project

PROBE = """
import sys

def pytest_sessionfinish():
    heavy = {"sqlalchemy", "psycopg", "msgspec", "yaml", "click", "alembic", "asyncio"}
    names = [name for name in sys.modules if name.partition(".")[0] in heavy | {"drift"}]
    print("MODULES", *sorted(names))
"""


def modules(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    """Return our modules, and heavy libraries, that a run of pytest has imported."""
    result = pytester.runpytest_subprocess("-s", *arguments)
    (line,) = [line for line in result.outlines if "MODULES" in line]
    return line.partition("MODULES")[2].split()


def test_without_its_options_nothing_is_imported(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PROBE)
    pytester.makepyfile("def test_own(): ...")
    only = ("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:cov", "-p", "no:timeout")
    before = set(modules(pytester, *only, "-p", "no:drift"))
    assert set(modules(pytester, *only)) - before <= {
        "drift", "drift.pytest_plugin", "drift.pytest_plugin.options",
    }  # fmt: skip


def test_the_rest_of_drift_imports_no_pytest() -> None:
    code = "import drift.cli.main, drift.api.assertion, sys; print('pytest' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_collecting_asks_no_server(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://127.0.0.1:1/shop")
    result = project.run("--drift", "--collect-only")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["<Tables drift>", "  <Table public.orders>", "  <Table other>"])
