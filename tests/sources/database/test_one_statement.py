"""A check is harmless: one catalog statement in a read-only transaction, and no locks."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift import scratch
from drift.kinds.sql.text import SAFE_PATH
from tests.servers import create_all
from tests.system.checking import check

CLEAN = {"BEGIN READ ONLY", "SET LOCAL", "WITH", "ROLLBACK"}


def metadata() -> sa.MetaData:
    found = sa.MetaData()
    for number in range(20):
        sa.Table(
            f"t{number}",
            found,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
            sa.Column("name", sa.String(20), index=True),
        )
    return found


@pytest.fixture
def logged() -> Any:
    with scratch.start_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET log_statement = 'all'")
            admin.execute("ALTER SYSTEM SET log_line_prefix = '%a|'")
            admin.execute("SELECT pg_reload_conf()")
        yield server


def received(server: scratch.Server) -> list[str]:
    """Return every statement that the server got from drift, in order, each in one line."""
    text = (server.home / "log").read_text()
    messages = re.findall(r"^drift\|LOG:  (?:statement|execute [^:]*): (.*?)(?=^\S)", text + "\nX",
                          re.MULTILINE | re.DOTALL)  # fmt: skip
    statements = [part for message in messages for part in message.split(";")]
    return [" ".join(statement.split()) for statement in statements if statement.strip()]


def test_a_clean_check_sends_one_catalog_statement(logged: scratch.Server) -> None:
    declared = metadata()
    create_all(declared, logged.url())
    assert check(logged.url(), declared).in_sync
    statements = received(logged)
    kinds = {next((k for k in CLEAN if s.startswith(k)), s[:60]) for s in statements}
    assert kinds == CLEAN
    assert statements[:2] == ["BEGIN READ ONLY", SAFE_PATH]
    assert sum(statement.startswith("WITH") for statement in statements) == 1


def test_a_clean_check_of_tenants_looks_for_changes(logged: scratch.Server) -> None:
    """The server reads one schema of equal ones after it has found that they are equal."""
    declared = metadata()
    create_all(declared, logged.url())
    assert check(logged.url(), declared, schemas=("publi?",)).in_sync
    assert sum(statement.startswith("WITH") for statement in received(logged)) == 2


def test_what_differs_as_text_costs_explains_only(logged: scratch.Server) -> None:
    declared = metadata()
    create_all(declared, logged.url())
    with psycopg.connect(logged.url(), autocommit=True) as admin:
        admin.execute("ALTER TABLE t1 ALTER at SET DEFAULT CURRENT_TIMESTAMP")
    assert check(logged.url(), declared).in_sync
    allowed = (*CLEAN, "EXPLAIN (VERBOSE", "SAVEPOINT", "ROLLBACK TO")
    assert [s for s in received(logged) if not s.startswith(allowed)] == []


def test_a_locked_table_stops_nothing(database: Any) -> None:
    declared = metadata()
    sa.Index("lower", sa.func.lower(declared.tables["t3"].c.name))
    create_all(declared, database.url)
    with psycopg.connect(database.url) as other:
        other.execute("ALTER TABLE t3 ADD COLUMN more text; LOCK TABLE t3")
        outcome = check(database.url, declared, statement_timeout=5)
    assert outcome.in_sync
    assert any("public.t3 is locked" in note for note in outcome.notes)
    assert not outcome.complete
