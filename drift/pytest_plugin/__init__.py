"""The pytest plugin: models and a database in, a test per table out.

pytest imports this module in every run, even if it is not used: it imports nothing but pytest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from drift.pytest_plugin import options

if TYPE_CHECKING:
    from drift.api.report import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and add the tests if they are asked for."""
    config.addinivalue_line("markers", "drift: tests that compare the models with a database.")
    if options.flag(config, "drift") or any("drift::" in arg for arg in config.args):
        from drift.pytest_plugin.collecting import DriftItems

        config.pluginmanager.register(DriftItems(config), "drift-items")


@pytest.fixture(scope="session")
def drift_models(pytestconfig: pytest.Config) -> Any:
    """Models to check, in any form that drift.check takes, such as a declarative base."""
    from drift.pytest_plugin.selection import models

    return models(pytestconfig)


@pytest.fixture(scope="session")
def drift_database(pytestconfig: pytest.Config) -> Iterator[Any]:
    """Database to check, in any form that drift.check takes, such as a URL or an Engine."""
    from drift.pytest_plugin.database import opened

    with opened(pytestconfig) as url:
        yield url


@pytest.fixture  # of a single test, so that `drift_database` may have any scope
def drift_report(request: pytest.FixtureRequest) -> Report:
    """Report on the differences between the models and the database, made once per run."""
    from drift.pytest_plugin.checking import report

    return report(request)
