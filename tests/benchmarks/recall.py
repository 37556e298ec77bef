"""Which single mutations are found: drift beside Alembic's comparison with all its options on.

    python -m tests.benchmarks.recall [--dsn URL] [--details]

Every case of `tests/mutations` is made on a fresh database and shown to both. A case that must
cause findings counts as found when there is at least one (for drift: exactly the expected ones);
a case that changes nothing that matters counts as a false alarm when there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa

from drift import scratch
from tests.mutations import CASES
from tests.mutations.case import Case
from tests.servers import Database, create_all
from tests.system.checking import found
from tests.versions import SQLALCHEMY


def by_drift(url: str, metadata: sa.MetaData) -> list[str]:
    """Return drift's findings, in brief."""
    return found(url, metadata)


def by_alembic(url: str, metadata: sa.MetaData) -> list[str]:
    """Return Alembic's differences, with every comparison that it can be asked for."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name in {None, "lib"},
    }
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context = MigrationContext.configure(connection, opts=options)
            differences = compare_metadata(context, metadata)
            # The addresses of objects differ from one call to the next.
            return [re.sub(r" at 0x[0-9a-f]+", "", repr(each))[:120] for each in differences]
    except Exception as error:  # noqa: BLE001 — a crash is a result
        return [f"crashed: {type(error).__name__}"]
    finally:
        engine.dispose()


TOOLS = {"drift": by_drift, "alembic": by_alembic}


def main() -> None:
    """Print the table, and each tool's totals."""
    parser = argparse.ArgumentParser(description="Which single mutations are found.")
    parser.add_argument("--dsn", help="a superuser's URL; otherwise an embedded server is started")
    parser.add_argument("--details", action="store_true", help="print a line for each mutation")
    arguments = parser.parse_args()
    totals: Counter[tuple[str, str]] = Counter()
    with server(arguments.dsn) as dsn, psycopg.connect(dsn, autocommit=True) as admin:
        for case in applicable(admin.info.server_version):
            outcomes = _outcomes(case, Database(admin, dsn))
            for tool, outcome in outcomes.items():
                totals[tool, outcome] += 1
            if arguments.details:
                print(f"{case.id:<55} {outcomes}  {'; '.join(case.expected)}")
    _print(totals)


@contextlib.contextmanager
def server(dsn: str | None) -> Iterator[str]:
    if dsn:
        yield dsn
    else:
        with scratch.start_server() as server:
            yield server.url()


def applicable(server_version: int) -> list[Case]:
    """Return the cases that this server and this SQLAlchemy can make."""
    return [
        case
        for case in CASES
        if case.server * 10000 <= server_version and case.sqlalchemy <= SQLALCHEMY
    ]


def _outcomes(case: Case, database: Database) -> dict[str, str]:
    """Return what each tool made of one case."""
    try:
        metadata = case.metadata()
        database.execute(case.before)
        create_all(metadata, database.url)
        before = {tool: _ask(tool, database.url, metadata) for tool in TOOLS}
        database.execute(case.sql)
        return {
            tool: _judge(tool, case, before[tool], _ask(tool, database.url, metadata))
            for tool in TOOLS
        }
    finally:
        database.drop()


def _ask(tool: str, url: str, metadata: sa.MetaData) -> list[str]:
    return TOOLS[tool](url, metadata)


def _judge(tool: str, case: Case, before: list[str], after: list[str]) -> str:
    """Compare with what the tool said of the untouched database, which may be wrong already."""
    if not case.expected:
        return "false alarm" if after else "silent"
    if tool == "drift":
        return "found" if after == sorted(case.expected) else "wrong"
    return "found" if Counter(after) - Counter(before) else "missed"


def _print(totals: Counter[tuple[str, str]]) -> None:
    for tool in TOOLS:
        counts = {outcome: n for (name, outcome), n in totals.items() if name == tool}
        mutations = sum(counts.get(word, 0) for word in ("found", "wrong", "missed"))
        harmless = counts.get("silent", 0) + counts.get("false alarm", 0)
        print(
            f"{tool:<8} found {counts.get('found', 0)} of {mutations} mutations, "
            f"false alarms in {counts.get('false alarm', 0)} of {harmless} harmless cases"
        )


if __name__ == "__main__":
    main()
