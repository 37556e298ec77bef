"""The time that `drift.guard` adds to the start of an application, beside what it has anyway.

python -m tests.benchmarks.guard [TABLES]

Prints milliseconds of the processor, without the server, which other programs disturb less than
the clock, and of the clock: the least of all rounds. The models have 15 columns, 2
foreign keys, 4 indexes, a unique constraint and a CHECK each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from drift import scratch
from tests.benchmarks import shop
from tests.servers import create_all

ROUNDS = 12
PROGRAM = """
import sys, time
def clocks():
    return time.process_time(), time.perf_counter()
def show(name, before):
    print(name, *(now - then for now, then in zip(clocks(), before)))
before = clocks()
import sqlalchemy as sa, sqlalchemy.orm, psycopg
show("import SQLAlchemy and psycopg", before)
before = clocks()
from bench_models import Base
sa.orm.configure_mappers()
engine = sa.create_engine(sys.argv[1])
engine.connect().close()
show("import the models, connect", before)
before = clocks()
import drift
drift.guard
show("import drift", before)
before = clocks()
drift.guard(engine, Base)
show("first guard", before)
models = drift.load_models(Base)
drift.guard(engine, models)
for _ in range(5):
    before = clocks()
    drift.guard(engine, Base)
    show("guard", before)
    before = clocks()
    drift.guard(engine, models)
    show("guard, models read before", before)
before = clocks()
sa.MetaData().reflect(engine)
show("MetaData.reflect, for comparison", before)
"""


def main() -> None:
    """Measure in fresh processes, and print a table."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    best: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder, scratch.start_server() as server:
        shop.write(Path(folder), tables)
        sys.path.insert(0, folder)
        create_all(__import__(shop.MODULE).Base.metadata, server.url())
        url = server.url().replace("postgresql://", "postgresql+psycopg://")
        for _ in range(ROUNDS):
            for name, *times in _round(folder, url):
                least = best.get(name, (float("inf"), float("inf")))
                best[name] = (min(least[0], times[0]), min(least[1], times[1]))
    print(f"{tables} tables, milliseconds: processor, clock")
    for name, (processor, clock) in best.items():
        print(f"{name:34}{processor * 1000:8.1f}{clock * 1000:8.1f}")


def _round(folder: str, url: str) -> list[tuple[str, float, float]]:
    """Run the program once; return the name and the times of each part."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {folder!r}){PROGRAM}", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = (line.rsplit(" ", 2) for line in done.stdout.splitlines())
    return [(name, float(processor), float(clock)) for name, processor, clock in rows]


if __name__ == "__main__":
    main()
