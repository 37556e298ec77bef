"""Policies, extensions and grants of both libraries and of SQL files, in whole checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import Database
from tests.system.checking import drift

MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    name = sa.Column(sa.Text)
"""
ALEMBIC_UTILS = """
from alembic_utils.pg_extension import PGExtension
from alembic_utils.pg_grant_table import PGGrantTable
from alembic_utils.pg_policy import PGPolicy

own = PGPolicy(
    schema="public", signature="own", on_entity="public.users",
    definition="AS PERMISSIVE FOR SELECT TO nobody_here, pg_monitor USING (name = 'a')",
)
citext = PGExtension("public", "citext")
reading = PGGrantTable("public", "users", "pg_monitor", "SELECT", columns=["id", "name"])
deleting = PGGrantTable("public", "users", "pg_monitor", "DELETE", with_grant_option=True)
"""
EXTENSIONS = """
from sqlalchemy_declarative_extensions import Grants, declare_database
from sqlalchemy_declarative_extensions.dialects.postgresql import DefaultGrant, Grant

declare_database(Base.metadata, grants=Grants(ignore_unspecified={open}).are(
    Grant.new("select", to="pg_monitor").on_tables("users"),
    Grant.new("delete", to="pg_monitor", grant_option=True).on_tables("public.users"),
    Grant.new("usage", to="pg_monitor").on_schemas("public"),
    Grant.new("usage", to="pg_monitor").on_sequences("numbers"),
    {more}
))
"""
SQL = """
CREATE EXTENSION citext SCHEMA public;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users FOR SELECT TO nobody_here, pg_monitor USING (name = 'a');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor;
GRANT DELETE ON TABLE users TO GROUP pg_monitor WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION f() TO pg_monitor;
GRANT nobody_here TO pg_monitor;
"""
LIVE = (
    "CREATE TABLE users (id int PRIMARY KEY, name text)",
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
    "CREATE EXTENSION citext",
    "CREATE POLICY own ON users FOR SELECT TO pg_monitor, {role} USING (name = 'a')",
    "GRANT SELECT ON users TO pg_monitor",
    "GRANT DELETE ON users TO pg_monitor WITH GRANT OPTION",
    "GRANT USAGE ON SCHEMA public TO pg_monitor",
)
_NOWHERE = "postgresql://nowhere.invalid/x"


ALTERED = """
CREATE POLICY own ON users FOR SELECT USING (name = 'b');
ALTER POLICY own ON users TO nobody_here, pg_monitor USING (name = 'a');
"""


def _project(folder: Path, database: Database, models: str, scratch: str, more: str = "") -> None:
    (folder / "shop_models.py").write_text(models)
    (folder / "drift.yaml").write_text(
        f"models: shop_models:Base\ndatabase: {database.url!r}\nscratch: {scratch!r}\n{more}"
    )


def _live(database: Database, folder: Path, without: str = "-") -> None:
    """Create the live side; a role of the test takes the place of the one in the declarations."""
    role = database.role("reader")
    for statement in LIVE:
        if without not in statement:
            database.execute(statement.format(role=role))
    for file in (*folder.rglob("*.py"), *folder.rglob("*.sql")):
        file.write_text(file.read_text().replace("nobody_here", role))


def _rules() -> list[str]:
    outcome = drift("check", "--format", "json")
    assert outcome.exit_code in {0, 1}, outcome.output
    findings = json.loads(outcome.stdout)["checks"][0]["findings"]
    return [f"{finding['rule']} {finding['object']['name']}" for finding in findings]


def _alembic_utils(folder: Path, database: Database) -> None:
    _project(folder, database, MODELS + ALEMBIC_UTILS, database.url)


def _files(folder: Path, database: Database) -> None:
    _project(folder, database, MODELS, database.url, "sql: [db.sql]\n")
    (folder / "db.sql").write_text(SQL)


@pytest.mark.parametrize("declare", [_alembic_utils, _files])
def test_all_three_kinds_are_compared(
    declare: Callable[[Path, Database], None],
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    declare(tmp_path, database)
    _live(database, tmp_path)
    assert _rules() == []
    database.execute(
        "ALTER POLICY own ON users TO public; DROP EXTENSION citext;"
        "REVOKE SELECT ON users FROM pg_monitor"
    )
    assert sorted(_rules()) == [
        "grant-mismatch pg_monitor", "missing-extension citext", "policy-mismatch own",
    ]  # fmt: skip
    database.execute("REVOKE ALL ON users FROM pg_monitor")
    assert "missing-grant pg_monitor" in _rules()


def test_grants_and_extensions_need_no_scratch_server(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = EXTENSIONS.format(open="False", more="")
    _project(tmp_path, database, MODELS + text, _NOWHERE)
    _live(database, tmp_path)
    assert _rules() == []
    assert "only the name" not in drift("check").output
    database.execute("GRANT INSERT ON users TO pg_monitor")
    assert _rules() == ["grant-mismatch pg_monitor"]
    database.execute("REVOKE USAGE ON SCHEMA public FROM pg_monitor")
    assert sorted(_rules()) == ["grant-mismatch pg_monitor", "missing-grant pg_monitor"]


_DEFAULT = 'DefaultGrant.on_tables_in_schema("public").grant("insert", to="pg_monitor"),'


@pytest.mark.parametrize(("open_", "more"), [("True", ""), ("False", _DEFAULT)])
def test_what_a_library_leaves_open_is_no_difference(
    open_: str,
    more: str,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = EXTENSIONS.format(open=open_, more=more)
    _project(tmp_path, database, MODELS + text, _NOWHERE)
    _live(database, tmp_path)
    database.execute("GRANT INSERT ON users TO pg_monitor")
    assert _rules() == []
    database.execute("REVOKE SELECT ON users FROM pg_monitor")
    assert _rules() == ["grant-mismatch pg_monitor"]


def test_a_policy_without_a_scratch_server_is_compared_by_name(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, _NOWHERE, "sql: [db.sql]\n")
    (tmp_path / "db.sql").write_text(SQL)
    _live(database, tmp_path)
    outcome = drift("check")
    assert outcome.exit_code == 0, outcome.output
    assert "only the name is compared of policy users.own" in outcome.output
    database.execute("DROP POLICY own ON users")
    assert _rules() == ["missing-policy own"]


def test_grants_on_other_tables_are_named(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, _NOWHERE, "sql: [db.sql]\n")
    (tmp_path / "db.sql").write_text("GRANT SELECT ON other TO pg_monitor;")
    _live(database, tmp_path)
    outcome = drift("check")
    assert outcome.exit_code == 0, outcome.output
    assert "not compared: grant public.other.pg_monitor (no model declares the table)" in (
        " ".join(outcome.output.split())
    )


def test_a_role_without_privileges_suffices(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _files(tmp_path, database)
    _live(database, tmp_path)
    database.execute("REVOKE ALL ON SCHEMA public FROM public")
    url = database.url_for(database.role("visitor"))
    file = tmp_path / "drift.yaml"
    file.write_text(file.read_text().replace(f"database: {database.url!r}", f"database: {url!r}"))
    assert [rule for rule in _rules() if not rule.startswith("unreadable")] == []


def test_a_later_statement_changes_a_policy(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, database.url, "sql: [db.sql]\n")
    (tmp_path / "db.sql").write_text(ALTERED)
    _live(database, tmp_path)
    assert _rules() == []
    database.execute("ALTER POLICY own ON users TO pg_monitor")
    assert _rules() == ["policy-mismatch own"]
    database.execute("ALTER TABLE users DISABLE ROW LEVEL SECURITY")
    assert sorted(_rules()) == ["ineffective-policy own", "policy-mismatch own"]
