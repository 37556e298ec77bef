"""The migrations are started while the models are imported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from drift.check.early_start import EarlyStart
from drift.config import Target
from drift.scratch import Scratch
from tests.sources.migrations.run_projects import SYNC, Project

TARGET = Target(name="shop")
SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'drift_scratch_%'"


@pytest.fixture
def scratch(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    monkeypatch.chdir(tmp_path)
    with Scratch(dsn) as made:
        yield made


def begun(scratch: Scratch) -> EarlyStart:
    return EarlyStart(scratch, TARGET, lambda _: None)


def test_it_has_loaded_env_and_run_nothing(scratch: Scratch, tmp_path: Path) -> None:
    Project(tmp_path, f"{SYNC}\nopen('loaded', 'a').write('x')\n").two()
    with ExitStack() as stack:
        taken = begun(scratch).take(stack, ["plpgsql", "no_such_extension"])
        assert taken is not None
        database, migrations = taken
        assert (tmp_path / "loaded").read_text() == "x"
        assert database.absent_extensions == ("no_such_extension",)
        with psycopg.connect(database.url) as connection:
            tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            assert connection.execute(tables).fetchall() == []
        migrations.upgrade("a1")
        assert migrations.current() == ("a1",)
        name = database.parameters["dbname"]
    assert (name,) not in _databases(scratch)


@pytest.mark.parametrize("env", [None, "raise RuntimeError('not here')"])
def test_a_failure_is_left_to_the_run(scratch: Scratch, tmp_path: Path, env: str | None) -> None:
    if env:
        Project(tmp_path, env).two()
    with ExitStack() as stack:
        assert begun(scratch).take(stack, []) is None


@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_what_is_not_wanted_ends_without_delay(
    scratch: Scratch, tmp_path: Path, seconds: float
) -> None:
    Project(tmp_path, f"{SYNC}\nopen('loaded', 'a').write('x')\n").two()
    before = _databases(scratch)
    early = begun(scratch)
    time.sleep(seconds)
    begin = time.monotonic()
    early.close()
    assert time.monotonic() - begin < 1
    while _databases(scratch) - before or not (tmp_path / "loaded").exists():
        assert time.monotonic() - begin < 20
        time.sleep(0.1)


def _databases(scratch: Scratch) -> set[tuple[str]]:
    with scratch.database() as database, psycopg.connect(database.url) as connection:
        own = (database.parameters["dbname"],)
        return set(connection.execute(SCRATCH).fetchall()) - {own}
