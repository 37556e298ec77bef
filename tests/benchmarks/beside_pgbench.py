"""What a check costs a database that works: pgbench's transactions with and without one beside it.

    python -m tests.benchmarks.beside_pgbench [--dsn URL] [--rounds N] [--seconds S] [--every S]

Rounds with and without a check every second take turns, so that whatever else the machine does
falls on all. The check is of 200 tables beside pgbench's own, by a process of its own that shares
the processors with the server; in a third turn it is `nice`, much as if it ran somewhere else.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from drift import scratch
from tests.servers import create_all
from tests.system.checking import check

SCALE, CLIENTS, TABLES = 10, 4, 200


def declared() -> sa.MetaData:
    """Return 200 tables of 15 columns, each with an index and a foreign key."""
    found = sa.MetaData()
    for number in range(TABLES):
        sa.Table(
            f"t{number}", found,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("parent", sa.ForeignKey(f"t{max(0, number - 1)}.id"), index=True),
            *(sa.Column(f"c{column}", sa.String(40)) for column in range(13)),
        )  # fmt: skip
    return found


def program() -> str:
    """Return where pgbench is."""
    found = shutil.which("pgbench") or next(
        map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None
    )
    if found is None:
        sys.exit("no pgbench here: apt-get install postgresql-contrib, or add it to PATH")
    return found


def transactions(url: str, seconds: int) -> float:
    """Return the transactions per second that pgbench makes."""
    done = subprocess.run(
        [program(), "-n", "-T", str(seconds), "-c", str(CLIENTS), url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def checks(url: str, every: float) -> None:
    """Check again and again until standard input ends; print the seconds and those of CPU."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    metadata = declared()
    while not ended.is_set():
        began, used = time.monotonic(), time.process_time()
        check(url, metadata)
        took = time.monotonic() - began
        print(took, time.process_time() - used, flush=True)
        ended.wait(max(0, every - took))


@contextmanager
def checking(options: argparse.Namespace, url: str, *, nice: bool) -> Iterator[list[list[float]]]:
    """Check every so many seconds while the block runs; the seconds that each took come after."""
    words = ["-m", "tests.benchmarks.beside_pgbench", "--check", url]
    took: list[list[float]] = []
    with subprocess.Popen(
        [sys.executable, *words, "--every", str(options.every), *["--nice"] * nice],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        process.stdout.readline()  # the first is left out: imports are not the server's load
        yield took
        took += [[*map(float, line.split())] for line in process.communicate()[0].splitlines()]


def measure(url: str, options: argparse.Namespace) -> None:
    """Take turns, and print the medians and their ratios."""
    alone, beside, nice = list[float](), list[float](), list[float]()
    took: list[list[float]] = []
    transactions(url, 2)  # warm
    for number in range(options.rounds):
        alone.append(transactions(url, options.seconds))
        for into, is_nice in ((beside, False), (nice, True)):
            with checking(options, url, nice=is_nice) as each:
                into.append(transactions(url, options.seconds))
            took += [] if is_nice else each
        print(f"round {number + 1}: {alone[-1]:.0f}, {beside[-1]:.0f}, {nice[-1]:.0f}", flush=True)
    print(f"\npgbench, scale {SCALE}, {CLIENTS} clients, {options.rounds} × {options.seconds} s:")
    for name, counts in (("alone", alone), ("check", beside), ("nice check", nice)):
        middle = statistics.median(counts)
        ratio = statistics.median(a / b for a, b in zip(counts, alone, strict=True))
        spread = (max(counts) - min(counts)) / middle
        print(f"  {name:<12} {middle:8.0f} transactions/s  × {ratio:.3f}  (spread {spread:.0%})")
    wall, cpu = (statistics.median(one[part] for one in took) * 1000 for part in (0, 1))
    print(f"  one of {len(took)} checks: {wall:.0f} ms, {cpu:.0f} of them the program's own CPU")


def prepared(url: str) -> str:
    """Fill a new database for pgbench and for the checks; return its URL."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS drift_beside WITH (FORCE)")
        admin.execute("CREATE DATABASE drift_beside TEMPLATE template0")
    made = psycopg.conninfo.make_conninfo(url, dbname="drift_beside")
    subprocess.run([program(), "-q", "-i", "-s", str(SCALE), made], check=True, capture_output=True)
    create_all(declared(), made)
    return made


def main() -> None:
    """Run the benchmark, or what runs beside it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.beside_pgbench")
    parser.add_argument("--dsn", help="a superuser's URL; otherwise an embedded server is started")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=10, help="of each turn")
    parser.add_argument("--every", type=float, default=1, help="seconds between two checks")
    parser.add_argument("--check", help=argparse.SUPPRESS)
    parser.add_argument("--nice", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.nice:
        os.nice(19)
    if options.check:
        checks(options.check, options.every)
    elif options.dsn:
        measure(prepared(options.dsn), options)
    else:
        with scratch.start_server() as server:
            measure(prepared(server.url()), options)


if __name__ == "__main__":
    main()
