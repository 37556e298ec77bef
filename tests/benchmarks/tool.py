"""One tool, measured in a process of its own: `python -m tests.benchmarks.tool NAME URL`.

Prints a JSON object: seconds (the models' import apart), CPU seconds, and memory in MB.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from tests.benchmarks.shop import MODULE

Run: TypeAlias = Callable[[], str]


def memory() -> float:
    """Return what is resident now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def drift(url: str, models: Any) -> Run:
    def run() -> str:
        from drift.check import target as app
        from drift.config import Target
        from drift.formats import Options, resolve
        from drift.report.report import Report

        spec = f"{models.__name__}:Base"
        target = Target(name="bench", database=url, models=(spec,), statement_timeout=600)
        check = app.check(target, note=lambda _: None)
        resolve("text")(Report(checks=(check,)), Options())
        return f"{len(check.findings)} findings"

    return run


def alembic(url: str, models: Any) -> Run:
    def run() -> str:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext
        from sqlalchemy import create_engine

        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            return f"{len(compare_metadata(context, models.Base.metadata))} differences"

    return run


def fetch(url: str, models: Any) -> Run:
    """Fetch the same facts with the same statement, and do nothing with them; imports apart."""
    import psycopg

    from drift.sources.database import catalog
    from drift.sources.database.connection import Timeouts, begin
    from drift.sources.database.scope import Scope
    from drift.sources.models.loader import Models

    scope = Scope(tables=Models("bench", [models.Base.metadata]).tables)

    def run() -> str:
        with psycopg.connect(url, autocommit=True) as connection:
            text = begin(Timeouts(10, 600, 5), connection.info.server_version)
            cursor = connection.execute((text + catalog.statement(scope)).encode())
            while cursor.nextset():
                pass
            connection.execute("ROLLBACK")
        return f"{sum(len(document) for _, document in cursor.fetchall()) / 1e6:.1f} MB"

    return run


TOOLS: dict[str, Callable[[str, Any], Run]] = {"drift": drift, "alembic": alembic, "fetch": fetch}


def main() -> None:
    """Measure one tool."""
    name, url = sys.argv[1:]
    models = importlib.import_module(MODULE)
    models.Base.registry.configure()
    run = TOOLS[name](url, models)
    before, used = memory(), time.process_time()
    began = time.perf_counter()
    outcome = run()
    facts = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "above": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before,
        "outcome": outcome,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
