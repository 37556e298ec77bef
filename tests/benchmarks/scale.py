"""`python -m tests.benchmarks.scale`: tenants of one database, and a fleet in shards.

Needs DRIFT_TEST_DSN: a server that may be given thousands of tables, and where databases may be
created. Prints a table for each; every figure of one run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo

TABLES = 20
MODELS = f"""
import sqlalchemy as sa
metadata = sa.MetaData()
for i in range({TABLES}):
    sa.Table(
        f"t{{i}}", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mood", sa.Enum("a", "b", name="mood"), server_default="a"),
        sa.Column("other", sa.Integer, *([sa.ForeignKey(f"t{{i - 1}}.id")] if i else [])),
        *(sa.Column(f"c{{k}}", sa.Text) for k in range(12)),
        sa.CheckConstraint("other > 0"),
        sa.Index(f"t{{i}}_c1_idx", "c1"),
    )
"""


def ddl(schema: str) -> str:
    """Return what makes the models' tables in one schema."""
    columns = ", ".join(f"c{number} text" for number in range(12))
    tables = (
        f"CREATE TABLE {schema}.t{number} (id serial PRIMARY KEY, mood {schema}.mood DEFAULT 'a', "
        f"other int {f'REFERENCES {schema}.t{number - 1} (id)' if number else ''}, "
        f"CHECK (other > 0), {columns}); CREATE INDEX ON {schema}.t{number} (c1);"
        for number in range(TABLES)
    )
    return f"CREATE TYPE {schema}.mood AS ENUM ('a', 'b'); {' '.join(tables)}"


@contextmanager
def database(dsn: str, name: str) -> Iterator[str]:
    """Make a database, yield how to connect to it, and drop it."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield conninfo.make_conninfo(dsn, dbname=name)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def drift(folder: Path, *arguments: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run the command; return the seconds and what it printed."""
    began = time.perf_counter()
    outcome = subprocess.run(
        [sys.executable, "-m", "drift", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return time.perf_counter() - began, outcome


def tenants(dsn: str, folder: Path, count: int) -> None:
    """Print how long one tenant takes, and all of them."""
    with database(dsn, f"drift_tenants_{os.getpid()}") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(count):
                name = f"tenant_{number}"
                connection.execute(f"CREATE SCHEMA {name}; {ddl(name)}".encode())
            for number in range(3, count, 27):
                text = f"ALTER TABLE tenant_{number}.t4 DROP COLUMN c4"
                connection.execute(text.encode())
            connection.execute("VACUUM ANALYZE")
        common = ("check", "--database", url, "--models", "fleet_models:metadata")
        one, _ = drift(folder, *common, "--schema", "tenant_[0]")
        everything, outcome = drift(folder, *common, "--schema", "tenant_*")
    note = next(line for line in outcome.stdout.splitlines() if "schemas tenant_*" in line)
    print(f"\n{count:,} tenants x {TABLES} tables: {note.strip()}")
    print(f"  one tenant     {one:8.2f} s")
    print(f"  all of them    {everything:8.2f} s = {everything / one:.1f} x one")


def fleet(dsn: str, folder: Path, count: int) -> None:
    """Print how long many databases take in 1, 2 and 4 shards that run side by side."""
    names = [f"drift_fleet_{os.getpid()}_{number}" for number in range(count)]
    template = f"drift_fleet_{os.getpid()}"
    with database(dsn, template) as url, psycopg.connect(dsn, autocommit=True) as admin:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ddl("public").encode())
        try:
            for name in names:
                admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
            lines = (
                f'{{"name": "{name}", "database": "{conninfo.make_conninfo(dsn, dbname=name)}"}}\n'
                for name in names
            )
            (folder / "list").write_text("".join(lines))
            (folder / "drift.yaml").write_text("models: fleet_models:metadata\n")
            _shards(folder, count)
        finally:
            for name in names:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _shards(folder: Path, count: int) -> None:
    print(f"\n{count} databases x {TABLES} tables, on {os.cpu_count()} cores")
    for jobs in (1, 4, 8):
        seconds, outcome = drift(folder, "check", "--targets-from", "list", f"--jobs={jobs}")
        assert outcome.returncode == 0, outcome.stderr
        print(f"  1 shard, --jobs {jobs}   {seconds:8.2f} s")
    for total in (2, 4):
        began = time.perf_counter()
        shards = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "drift", "check", "--targets-from", "list"),
                    *("--shard", f"{number}/{total}", "--output", f"json=shard-{number}.json"),
                ],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for number in range(1, total + 1)
        ]
        assert {shard.wait() for shard in shards} == {0}
        checked = time.perf_counter() - began
        files = [f"shard-{number}.json" for number in range(1, total + 1)]
        merging, outcome = drift(folder, "merge", *files)
        assert outcome.returncode == 0, outcome.stderr
        print(f"  {total} shards             {checked:8.2f} s, and {merging:.2f} s to merge them")


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--databases", type=int, default=200)
    arguments = parser.parse_args()
    dsn = os.environ["DRIFT_TEST_DSN"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "fleet_models.py").write_text(MODELS)
        if arguments.tenants:
            tenants(dsn, Path(folder), arguments.tenants)
        if arguments.databases:
            fleet(dsn, Path(folder), arguments.databases)


if __name__ == "__main__":
    main()
