"""The time of a plan for 200 findings, beside the check that finds them.

python -m tests.benchmarks.plan_time [TABLES]
"""

from __future__ import annotations

import sys
import time

import psycopg
import sqlalchemy as sa

from drift import scratch
from drift.check.planned import planned
from drift.check.target import examine
from drift.config import Target
from drift.formats.options import Options as FormatOptions
from drift.formats.plan import FORMATS, render
from drift.plan.context import Options
from drift.sources.models.loader import Models
from tests.servers import Database, create_all


def main() -> None:
    """Print the least of five times of each part."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with scratch.start_server() as server, psycopg.connect(server.url(), autocommit=True) as admin:
        database = Database(admin, server.url())
        create_all(_metadata(tables), database.url)
        for number in range(tables):
            database.execute(
                f"ALTER TABLE t{number} DROP COLUMN name; DROP INDEX ix_t{number}_number"
            )
        _measure(database.url, tables)


def _metadata(tables: int) -> sa.MetaData:
    metadata = sa.MetaData()
    for number in range(tables):
        sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("number", sa.Integer, index=True),
            sa.Column("name", sa.String(50), nullable=False, default="x"),
        )
    return metadata


def _measure(url: str, tables: int) -> None:
    target = Target(name="time", database=url)
    checks, plans = [], []
    for _ in range(5):
        models = Models("test", (_metadata(tables),))
        began = time.perf_counter()
        examined = examine(target, note=lambda _text: None, expected=models)
        checked = time.perf_counter()
        made = planned(target, examined, examined.report.findings, Options(small=0))
        checks.append(checked - began)
        plans.append(time.perf_counter() - checked)
    print(f"{len(made.findings)} findings, {len(made.plan.steps)} steps")
    print(f"check {min(checks):.2f} s, plan {min(plans):.2f} s")
    for name in FORMATS:
        began = time.perf_counter()
        render(name, made.plan, None, FormatOptions())
        print(f"{name} {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
