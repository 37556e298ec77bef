"""A real PostgreSQL for every test that touches SQL, and a fresh database for each."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.folders import short, use_memory
from tests.servers import Database, running

with pytest.MonkeyPatch.context() as without:
    # It parses grammars for 2 s when it is imported, a third of the collection, in each worker.
    # No schema here has its formats, `iri` and `iri-reference`.
    without.setitem(sys.modules, "rfc3987_syntax", None)
    import jsonschema  # noqa: F401

_VERSION = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Let SIGTERM end a run as Ctrl-C does, and start one server for all workers of xdist."""
    if hasattr(config, "workerinput"):
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)

    def restore() -> None:
        signal.signal(signal.SIGTERM, before)

    config.add_cleanup(restore)
    config.add_cleanup(use_memory())
    if config.getoption("numprocesses", None):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        url = stack.enter_context(running())
        config.stash[_VERSION] = _version(url)
        os.environ["DRIFT_TEST_DSN"] = url


@pytest.fixture(scope="session")
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """A superuser's URL of the server that this session runs on."""
    with running() as url:
        request.config.stash[_VERSION] = _version(url)
        yield url


@pytest.fixture(scope="session")
def admin(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    try:
        yield made
    finally:
        made.drop()


def _version(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
        return str(row and row[0])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which server and which SQLAlchemy the tests ran on."""
    import sqlalchemy

    server = config.stash.get(_VERSION, "none was needed")
    terminalreporter.write_line(f"PostgreSQL {server}, SQLAlchemy {sqlalchemy.__version__}")


@pytest.fixture(autouse=True)
def no_module_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget the modules of temporary folders: the next test's models are not theirs."""
    yield
    base = str(tmp_path_factory.getbasetemp())
    for name, module in list(sys.modules.items()):
        if str(vars(module).get("__file__") or "").startswith(base):
            del sys.modules[name]


@pytest.fixture
def temp() -> Iterator[Path]:
    """A directory for temporary files that every account may use, with a short name."""
    made = Path(tempfile.mkdtemp(prefix="d-", dir=short()))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)
