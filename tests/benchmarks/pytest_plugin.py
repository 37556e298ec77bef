"""The pytest plugin beside a schema test written by hand, and beside pytest-alembic.

    python -m tests.benchmarks.pytest_plugin [--dsn URL] [--every N] [--details]

Lines are what a project writes. A mutation of `tests/mutations` is caught if it fails a test that
passed before; a harmless one that fails a test is a false alarm. Seconds are those of pytest's own
process, for the models and the database of `drift demo`.

pytest-alembic takes part if it is installed. No extra of ours has it: 0.13.1 breaks every run of
pytest 9.2 that collects tests/conftest.py.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

import drift
from drift import demo
from tests.benchmarks import schema_by_hand
from tests.benchmarks.recall import applicable, server
from tests.mutations.case import Case
from tests.servers import Database, create_all

Check = Callable[[str, sa.MetaData], set[str]]
PLUGIN = """[pytest]
drift = true
drift_models = drift.demo.models:Base
drift_database = ${SHOP_URL}
"""
CONFTEST = """
import os, pytest, sqlalchemy
from drift.demo.models import Base

@pytest.fixture
def engine():
    return sqlalchemy.create_engine(os.environ["SHOP_ENGINE"])

@pytest.fixture
def metadata():
    return Base.metadata
"""
ALEMBIC_CONFTEST = """
import os, pytest, sqlalchemy

@pytest.fixture
def alembic_config():
    return {"script_location": "migrations"}

@pytest.fixture
def alembic_engine():
    return sqlalchemy.create_engine(os.environ["SHOP_ENGINE"])
"""
ALEMBIC_TEST = "from pytest_alembic.tests import test_model_definitions_match_ddl\n"
ENV = """
from alembic import context
from drift.demo.models import Base

options = {"target_metadata": context.config.attributes.get("metadata", Base.metadata)}
with context.config.attributes["connection"].connect() as connection:
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
"""
REVISION = "revision, down_revision = 'a', None\ndef upgrade(): ...\ndef downgrade(): ...\n"


def engine_url(url: str) -> str:
    """Return the URL of a libpq string for SQLAlchemy's engines."""
    parameters = psycopg.conninfo.conninfo_to_dict(url)
    query = {key: str(value) for key, value in parameters.items() if key != "dbname"}
    name = str(parameters.get("dbname"))
    made = sa.URL.create("postgresql+psycopg", database=name, query=query)
    return made.render_as_string(hide_password=False)


def by_hand(url: str, metadata: sa.MetaData) -> set[str]:
    """Return the tests of the module that fail."""
    engine = sa.create_engine(engine_url(url))
    failing = set()
    for test in schema_by_hand.TESTS:
        try:
            test(sa.inspect(engine), metadata)
        except Exception:  # noqa: BLE001 — whatever it is, the test fails
            failing.add(test.__name__)
    engine.dispose()
    return failing


def by_pytest_alembic(url: str, metadata: sa.MetaData) -> set[str]:
    """Return the failures of its test of the models, by the migration that it would write."""
    import pytest_alembic
    from alembic.config import Config as Alembic
    from pytest_alembic.config import Config
    from pytest_alembic.tests import test_model_definitions_match_ddl

    with tempfile.TemporaryDirectory() as folder:
        write_migrations(Path(folder))
        alembic = Alembic()
        alembic.set_main_option("script_location", f"{folder}/migrations")
        alembic.attributes["metadata"] = metadata
        engine = sa.create_engine(engine_url(url))
        had_versions = sa.inspect(engine).has_table("alembic_version")
        config = Config.from_raw_config(Config(alembic_config=alembic))
        try:
            with pytest_alembic.runner(config=config, engine=engine) as runner:
                test_model_definitions_match_ddl(runner)
        except Exception as problem:  # noqa: BLE001 — whatever it is, the test fails
            return set(str(problem).splitlines())
        finally:
            if not had_versions:  # it would be a difference for the others
                with engine.begin() as connection:
                    connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
            engine.dispose()
    return set()


def by_plugin(url: str, metadata: sa.MetaData) -> set[str]:
    """Return the differences that fail a test of the plugin."""
    report = drift.check(metadata, url)
    return {f.fingerprint for f in report.findings if f.severity in {"error", "warning"}}


def with_info(url: str, metadata: sa.MetaData) -> set[str]:
    """Return the same with drift_fail_on = info."""
    return {finding.fingerprint for finding in drift.check(metadata, url).findings}


CHECKS: dict[str, Check] = {
    "by hand": by_hand,
    "pytest-alembic": by_pytest_alembic,
    "drift": by_plugin,
    "drift, info": with_info,
}
if importlib.util.find_spec("pytest_alembic") is None:
    del CHECKS["pytest-alembic"]


def write_migrations(folder: Path) -> None:
    """Write an environment of Alembic whose only revision changes nothing."""
    (folder / "migrations/versions").mkdir(parents=True)
    (folder / "migrations/env.py").write_text(ENV)
    (folder / "migrations/script.py.mako").write_text("")
    (folder / "migrations/versions/a.py").write_text(REVISION)


def outcome(case: Case, database: Database, checks: dict[str, Check]) -> dict[str, str]:
    """Return what each made of one mutation."""
    metadata = case.metadata()
    try:
        database.execute(case.before)
        create_all(metadata, database.url)
        before = {name: check(database.url, metadata) for name, check in checks.items()}
        database.execute(case.sql)
        after = {name: check(database.url, metadata) for name, check in checks.items()}
    finally:
        database.drop()
    if not case.expected:
        return {name: "false alarm" if after[name] else "silent" for name in checks}
    return {name: "caught" if after[name] - before[name] else "missed" for name in checks}


def lines(*texts: str) -> int:
    """Count the lines of code."""
    return sum(bool(line.strip()) for text in texts for line in text.splitlines())


LINES = {
    "by hand": lines(Path(schema_by_hand.__file__).read_text(), CONFTEST),
    "pytest-alembic": lines(ALEMBIC_CONFTEST, ALEMBIC_TEST),
    "drift": lines(PLUGIN),
    "drift, info": lines(PLUGIN) + 1,
}


def seconds(dsn: str, admin: psycopg.Connection[Any], runs: int) -> dict[str, str]:
    """Return the median CPU seconds of pytest, and what it prints last, on the demo's database."""
    database = Database(admin, dsn)
    try:
        database.execute((Path(demo.__file__).parent / "production.sql").read_text())
        return dict(_timed(database.url, runs))
    finally:
        database.drop()


def _timed(url: str, runs: int) -> Iterator[tuple[str, str]]:
    environment = {"SHOP_URL": url, "SHOP_ENGINE": engine_url(url)}
    commands: dict[str, tuple[dict[str, str], list[str]]] = {
        "by hand": (
            {"conftest.py": CONFTEST, "test_schema.py": Path(schema_by_hand.__file__).read_text()},
            [],
        ),
        "pytest-alembic": (
            {"conftest.py": ALEMBIC_CONFTEST, "test_schema.py": ALEMBIC_TEST},
            [],
        ),
        "drift": ({"pytest.ini": PLUGIN}, []),
        "drift, info": ({"pytest.ini": f"{PLUGIN}drift_fail_on = info\n"}, []),
    }
    for name in CHECKS:
        files, arguments = commands[name]
        with tempfile.TemporaryDirectory() as folder:
            write_migrations(Path(folder))
            for file, text in files.items():
                (Path(folder) / file).write_text(text)
            runs_of = [_run(folder, arguments, environment) for _ in range(runs)]
        cpu = statistics.median(each for each, _ in runs_of)
        yield name, f"{cpu:.2f} s, {runs_of[-1][1]}"


def _run(folder: str, arguments: Iterable[str], variables: dict[str, str]) -> tuple[float, str]:
    """Run pytest; return the CPU seconds that it took, and how many tests failed."""
    plugins = ["-p", "no:xdist", "-p", "no:hypothesispytest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", *plugins, *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    summary = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-200:]
    return used, re.sub(r" in [\d.]+s.*", "", summary)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="The pytest plugin beside other schema tests.")
    parser.add_argument("--dsn", help="a superuser's URL; otherwise an embedded server is started")
    parser.add_argument("--details", action="store_true", help="print a line for each mutation")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutation")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    totals: Counter[tuple[str, str]] = Counter()
    warnings.simplefilter("ignore")
    with server(arguments.dsn) as dsn, psycopg.connect(dsn, autocommit=True) as admin:
        for case in applicable(admin.info.server_version)[:: arguments.every]:
            outcomes = outcome(case, Database(admin, dsn), CHECKS)
            totals.update(outcomes.items())
            if arguments.details:
                print(f"{case.id:<55} {outcomes}", flush=True)
        took = seconds(dsn, admin, arguments.runs)
    for name in CHECKS:
        counts = {
            word: totals[name, word] for word in ("caught", "missed", "silent", "false alarm")
        }
        mutations = counts["caught"] + counts["missed"]
        harmless = counts["silent"] + counts["false alarm"]
        print(
            f"{name:<15} {LINES[name]:>4} lines, caught {counts['caught']} of {mutations}, false "
            f"alarms {counts['false alarm']} of {harmless}, the audit's database: {took[name]}"
        )


if __name__ == "__main__":
    main()
