"""Adds the tests of the tables to a session, where pytest collects its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from drift.errors import DriftError
from drift.pytest_plugin.items import Table, Tables
from drift.pytest_plugin.outcome import reason
from drift.pytest_plugin.sharing import Sharing

FIXTURES = ("drift_report", "drift_database", "drift_models")
_OWN = re.compile(r"(?P<folder>(?:.*/)?)drift::(?P<name>.+)", re.DOTALL)
"""The name of a test of ours, as pytest prints it."""
_FOLDERS: tuple[type[Any], ...] = (getattr(pytest, "Directory", pytest.Package),)


class DriftItems:
    """Collects the tests after all others."""

    def __init__(self, config: pytest.Config) -> None:
        """Take the session's configuration."""
        self._config = config
        self._folders: dict[Path, pytest.Collector] = {}
        self._names = _taken_names(config)
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Sharing(), "drift-sharing")

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Remember the folders: conftest.py is for the tests in them."""
        if isinstance(collector, _FOLDERS):
            self._folders[collector.path] = collector

    @pytest.hookimpl(tryfirst=True)  # before other plugins select or reorder the tests
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add the tests, or an error of collecting."""
        if self._is_narrow():
            return
        report = _collected(self._tables(session))
        made = list(self._chosen(report.result or []))
        for item in made:
            session.config.hook.pytest_itemcollected(item=item)
        items += made
        session.config.hook.pytest_collectreport(report=report)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Replace the tracebacks of our tests."""
        outcome: Any = yield
        report = outcome.get_result()
        if report.failed and isinstance(item, Table) and call.excinfo is not None:
            report.longrepr = item.explained(call.excinfo.value) or report.longrepr

    def _chosen(self, tests: list[Any]) -> Iterator[pytest.Item]:
        """Yield the tests that the command line names, or all of them."""
        unknown = self._names - {test.name for test in tests}
        if tests and unknown:
            raise pytest.UsageError(*(f"not found: drift::{name}" for name in sorted(unknown)))
        yield from (test for test in tests if not self._names or test.name in self._names)

    def _is_narrow(self) -> bool:
        """Return whether only files and tests of others are named, and --drift is not."""
        config = self._config
        folder = config.invocation_params.dir
        return not (config.getoption("drift") or self._names) and all(
            "::" in arg or (folder / arg).is_file() for arg in config.args
        )

    def _tables(self, session: pytest.Session) -> Tables:
        """Return the collector, within the folder whose conftest.py overrides a fixture."""
        conftest = _overriding(session.config)
        root = session.config.rootpath
        file = Path(str(conftest.__file__)) if conftest else root
        folder = file.parent if conftest else root
        prefix = f"{folder.relative_to(root).as_posix()}/" if root in folder.parents else ""
        collector: Tables = Tables.from_parent(
            self._folders.get(folder, session) if conftest else session,
            name="drift",
            nodeid=f"{prefix}drift",
            path=file,
            whole=hasattr(conftest, "drift_models") or hasattr(conftest, "drift_report"),
        )
        return collector


def _taken_names(config: pytest.Config) -> set[str]:
    """Take the names of our tests from the arguments, whose files pytest would look for.

    Alone, they become the conftest.py with the fixtures, or nothing: else pytest would collect all.
    """
    own = [match for match in map(_OWN.fullmatch, config.args) if match]
    if own:
        folders = {config.invocation_params.dir / match["folder"] for match in own}
        files = [str(folder / "conftest.py") for folder in sorted(folders)]
        others = [arg for arg in config.args if not _OWN.fullmatch(arg)]
        config.args = others or list(filter(os.path.exists, files))
    return {match["name"] for match in own}


def _collected(tables: Tables) -> pytest.CollectReport:
    """Return the tests, or why there are none.

    pytest's own way would skip the collector with --lf, since it has no file.
    """
    result: list[Any] = []
    try:
        result += tables.collect()
    except DriftError as problem:
        text = reason(problem, tables.config)
        return pytest.CollectReport(tables.nodeid, "failed", text, None)
    return pytest.CollectReport(tables.nodeid, "passed", None, result)


def _overriding(config: pytest.Config) -> ModuleType | None:
    """Return the innermost conftest.py that overrides a fixture of ours."""
    modules = [
        plugin
        for plugin in config.pluginmanager.get_plugins()
        if isinstance(plugin, ModuleType)
        and Path(getattr(plugin, "__file__", None) or "").name == "conftest.py"
        and any(hasattr(plugin, fixture) for fixture in FIXTURES)
    ]
    return max(modules, key=lambda module: len(Path(str(module.__file__)).parts), default=None)
