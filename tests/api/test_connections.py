"""Connections of the caller's, read in their transaction, and left as they were."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import drift
from tests.api.shop import DRIFT, DRIVERS, Base, create, engine_of
from tests.servers import Database

SETTINGS = (
    "SELECT string_agg(name || '=' || coalesce(setting, ''), E'\\n' ORDER BY name) FROM pg_settings"
)


@pytest.fixture(params=DRIVERS)
def connection(request: pytest.FixtureRequest, database: Database) -> Any:
    with engine_of(create(database), request.param).connect() as opened:
        yield opened


def rules(report: drift.Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def run(connection: Any, text: str) -> Any:
    """Run a statement in the connection's transaction."""
    return connection.execute(sa.text(text))


def test_changes_that_are_not_committed_are_seen_and_stay_so(
    connection: Any, database: Database
) -> None:
    run(connection, DRIFT)
    assert sorted(rules(drift.check(Base, connection))) == ["extra-column", "missing-column"]
    assert drift.check(Base, database.url).in_sync
    connection.get_transaction().commit()
    assert not drift.check(Base, database.url).in_sync


def test_every_setting_of_the_session_and_the_transaction_stays(connection: Any) -> None:
    run(connection, "SET search_path = pg_temp, public, pg_catalog")
    run(connection, "SET LOCAL statement_timeout = '7min'")
    run(connection, "SET DateStyle = 'SQL, DMY'")
    run(connection, "SAVEPOINT drift_reading")
    run(connection, "DECLARE own CURSOR FOR SELECT generate_series(1, 3)")
    run(connection, "FETCH own")
    before = run(connection, SETTINGS).scalar()
    assert drift.check(Base, connection).in_sync
    assert run(connection, SETTINGS).scalar() == before
    assert run(connection, "FETCH own").scalar() == 2
    run(connection, "INSERT INTO users VALUES (1, 'a', 'good')")
    run(connection, "ROLLBACK TO SAVEPOINT drift_reading")


def test_the_server_answers_about_expressions(connection: Any) -> None:
    assert drift.check(Base, connection).complete
    run(connection, "ALTER TABLE users DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (id < 5)")
    assert rules(drift.check(Base, connection)) == ["check-mismatch"]


def test_a_connection_without_a_transaction_gets_none(connection: Any, database: Database) -> None:
    assert drift.check(Base, connection).in_sync
    assert not connection.in_transaction()
    states = "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
    assert {row[0] for row in database.fetch(states)} == {"idle", "active"}


def test_a_connection_in_autocommit_is_read(connection: Any) -> None:
    alone = connection.execution_options(isolation_level="AUTOCOMMIT")
    assert drift.check(Base, alone).in_sync
    run(alone, DRIFT)
    assert not drift.check(Base, alone).in_sync


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_of_another_isolation_level_is_read(connection: Any, level: str) -> None:
    run(connection, f"SET TRANSACTION ISOLATION LEVEL {level}")
    run(connection, "SELECT 1")
    assert drift.check(Base, connection).in_sync
    assert run(connection, "SHOW transaction_isolation").scalar() == level.lower()


def test_the_search_path_of_the_session_decides_where_tables_are(connection: Any) -> None:
    run(connection, "CREATE SCHEMA tenant")
    run(connection, "ALTER TABLE users SET SCHEMA tenant")
    run(connection, "ALTER TYPE mood SET SCHEMA tenant")
    run(connection, "SET search_path = tenant")
    assert drift.check(Base, connection).in_sync


def test_a_transaction_that_failed_is_a_clear_error(connection: Any) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        run(connection, "SELECT nonsense")
    with pytest.raises(drift.DriftError, match="has failed: PostgreSQL runs nothing until"):
        drift.check(Base, connection)
    connection.get_transaction().rollback()
    assert drift.check(Base, connection).in_sync


def test_an_error_leaves_the_connection_as_it_was(connection: Any) -> None:
    run(connection, DRIFT)
    before = run(connection, SETTINGS).scalar()
    with pytest.raises(drift.DriftError, match="statement_timeout"):
        drift.check(Base, connection, statement_timeout="1ms")
    assert run(connection, SETTINGS).scalar() == before
    assert not drift.check(Base, connection).in_sync


def test_a_session_of_the_orm_is_read_in_its_transaction(connection: Any) -> None:
    session = Session(bind=connection)
    session.execute(sa.text(DRIFT))
    assert not drift.check(Base, session).in_sync


def test_a_closed_connection_is_a_clear_error(connection: Any) -> None:
    connection.close()
    with pytest.raises(drift.DriftError, match="closed"):
        drift.check(Base, connection)
