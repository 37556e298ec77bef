"""`python -m tests.benchmarks`: drift beside Alembic, pg_dump, and the bare reading of the catalog.

Every figure is the median of several rounds in one run, in which the tools alternate; a tool that
takes longer than --patience is given up, and one that is slow is measured less often. With
--before, the code of another checkout is measured as well: `git worktree add ../before <commit>`.
The server is DRIFT_TEST_DSN, or an embedded one; its CPU time is known if it runs on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from tests.benchmarks import others, shop, table
from tests.benchmarks.rounds import ROOT, Bench, Row, Tool, of_module
from tests.benchmarks.scale import database
from tests.servers import running

DRIFTED = "ALTER TABLE table_{n} ALTER name TYPE varchar(99), DROP COLUMN extra_3, ADD more int"


def create(folder: Path, url: str) -> None:
    """Create the models' tables, in batches: one transaction cannot lock so many."""
    code = (
        "import sys, psycopg\n"
        "from tests.servers import create_all\n"
        f"from {shop.MODULE} import Base\n"
        "create_all(Base.metadata, sys.argv[1])\n"
        "psycopg.connect(sys.argv[1], autocommit=True).execute('VACUUM ANALYZE')\n"
    )
    path = os.pathsep.join([str(folder), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code, url], env=environment, check=True)


def _size(
    bench: Bench, url: str, tables: int, delays: list[int], before: Path | None
) -> dict[int, dict[str, Row]]:
    """Measure all tools at one size; return their rows by delay."""
    old = [of_module("drift before", "drift", before)] if before else []
    tools = [*old, of_module("drift", "drift"), of_module("Alembic", "alembic")]
    tools.append(of_module("bare fetch", "fetch"))
    rows = {}
    for delay in delays:
        # pg_dump is measured on the spot: it compares nothing
        rows[delay] = bench.measure([*tools, *([] if delay else others.pg_dump())], url, delay)
        print(table.lines({(tables, delay): rows[delay]}), flush=True)
    return rows


def _all_drifted(bench: Bench, url: str, tables: int, before: Path | None) -> dict[str, Row]:
    """Measure the check where every table differs in three ways."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(tables):
            connection.execute(DRIFTED.format(n=number).encode())
        connection.execute("VACUUM ANALYZE")
    name = "drift, 3 findings a table"
    tools: list[Tool] = [of_module(f"{name}, before", "drift", before)] if before else []
    return bench.measure([*tools, of_module(name, "drift")], url, 0)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, nargs="+", default=[10, 100, 1000, 5000])
    parser.add_argument("--delay", type=int, nargs="+", default=[0, 20, 100], help="milliseconds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=300, help="seconds for one tool's run")
    parser.add_argument("--before", type=Path, help="a checkout of an older version")
    parser.add_argument("--others", action="store_true", help="measure other tools as well, once")
    parser.add_argument("--write", action="store_true", help="write tests/benchmarks/README.md")
    arguments = parser.parse_args()
    rows: dict[table.Place, dict[str, Row]] = {}
    with tempfile.TemporaryDirectory() as name, running({}) as dsn:
        folder = Path(name)
        bench = Bench(folder, dsn, arguments.rounds, arguments.patience)
        for tables in arguments.tables:
            shop.write(folder, tables)
            with database(dsn, f"drift_bench_{os.getpid()}") as url:
                create(folder, url)
                measured = _size(bench, url, tables, arguments.delay, arguments.before)
                rows |= {(tables, delay): each for delay, each in measured.items()}
                if arguments.others and tables <= 1000:
                    others.show(url, arguments.patience)
                if tables <= 1000 and 0 in measured:
                    drifted = _all_drifted(bench, url, tables, arguments.before)
                    print(table.lines({(tables, 0): drifted}), flush=True)
                    rows[tables, 0] |= drifted
            if arguments.write:
                table.write(rows, dsn)


if __name__ == "__main__":
    main()
