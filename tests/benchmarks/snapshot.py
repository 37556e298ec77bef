"""`python -m tests.benchmarks.snapshot`: whole commands, with a snapshot and with the models.

Needs DRIFT_TEST_DSN, a server where databases may be created. Each round runs every command once,
one after the other; the figures are medians, and every ratio is of the same rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from psycopg import conninfo

from tests.benchmarks import shop
from tests.benchmarks.__main__ import create
from tests.benchmarks.rounds import ROOT
from tests.benchmarks.scale import database

Commands = Mapping[str, list[str]]

ENV_PY = f"""
from alembic import context
from sqlalchemy import create_engine
from {shop.MODULE} import Base
import os
with create_engine(os.environ["BENCH_URL"]).connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = "revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n"
PROFILE = """
import sys, time
began = time.perf_counter()
from drift.cli.main import cli
import psycopg; from drift.check import targets; from drift.output import publisher
import drift.sources.database.reflection, drift.sources.snapshot.source
imported = time.perf_counter()
from pathlib import Path
from drift.sources.snapshot import reader, expected
frozen = expected.Frozen(reader.read(Path(sys.argv[1]), ""), "")
frozen.declare("public", 180000)
decoded = time.perf_counter()
from drift.compare.comparator import compare
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
began_to_read = time.perf_counter()
with connect(parse(sys.argv[2]), Timeouts()) as connection:
    scope = Scope(schemas=frozen.schemas, tables=frozen.tables)
    live = reflect(connection, scope, Timeouts()).schema
read = time.perf_counter()
compare(frozen.declare("public", 180000), live)
compared = time.perf_counter()
print("  imports %.3f, decode %.3f, read the catalog %.3f, compare %.3f" % (
    imported - began, decoded - imported, read - began_to_read, compared - read))
"""


def _write_alembic(folder: Path) -> None:
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (folder / "migrations" / "env.py").write_text(ENV_PY)
    (versions / "a1.py").write_text(REVISION)


def _seconds(command: list[str], folder: Path, url: str, codes: tuple[int, ...] = (0,)) -> float:
    parts = conninfo.conninfo_to_dict(url)
    query = f"?host={parts['host']}&port={parts.get('port', 5432)}"
    user, name = parts.get("user", "postgres"), parts["dbname"]
    path = os.pathsep.join([str(folder), str(ROOT)])
    environment = os.environ | {
        "PYTHONPATH": path,
        "BENCH_URL": f"postgresql+psycopg://{user}@/{name}{query}",
    }
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    assert done.returncode in codes, done.stderr[-500:] or done.stdout[-500:]
    return seconds


def _commands(url: str) -> Commands:
    drift, alembic = [sys.executable, "-m", "drift"], [sys.executable, "-m", "alembic"]
    base = f"{shop.MODULE}:Base"
    return {
        "drift check, snapshot": [
            *drift, "check", "--database", url, "--expected", "snapshot:schema.json",
        ],
        "drift check, models": [*drift, "check", "--database", url, "--models", base],
        "alembic check": [*alembic, "check"],
        "import the models only": [
            sys.executable, "-c", f"from {shop.MODULE} import Base; Base.registry.configure()",
        ],
        "python -c pass": [sys.executable, "-c", "pass"],
    }  # fmt: skip


def _size(folder: Path, dsn: str, tables: int, rounds: int) -> None:
    shop.write(folder, tables)
    _write_alembic(folder)
    drift, base = [sys.executable, "-m", "drift"], f"{shop.MODULE}:Base"
    with database(dsn, f"drift_bench_{os.getpid()}") as url:
        create(folder, url)
        _seconds([sys.executable, "-m", "alembic", "stamp", "head"], folder, url)
        freeze = [*drift, "snapshot", f"models:{base}", "-o", "schema.json"]
        freezing = _seconds(freeze, folder, url)
        commands = _commands(url)
        figures: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                codes = (0, 255) if name == "alembic check" else (0,)  # 255: it reports differences
                figures[name].append(_seconds(command, folder, url, codes))
        size = (folder / "schema.json").stat().st_size / 1e6
        print(f"\n{tables:,} tables of 15 columns; written in {freezing:.2f} s, {size:.1f} MB")
        _print(figures)
        arguments = [sys.executable, "-c", PROFILE, "schema.json", url]
        subprocess.run(
            arguments, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True
        )


def _print(figures: Mapping[str, list[float]]) -> None:
    own = statistics.median(figures["drift check, snapshot"])
    for name, seconds in figures.items():
        median = statistics.median(seconds)
        print(f"  {name:<24} {median:7.3f} s   {median / own:6.2f} x", flush=True)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for tables in arguments.tables:
            _size(Path(folder), os.environ["DRIFT_TEST_DSN"], tables, arguments.rounds)


if __name__ == "__main__":
    main()
