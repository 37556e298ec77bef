"""Models with a `__bind_key__` belong to another database, and are compared with that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift.errors import ModelsError
from drift.sources.models.loader import Models
from tests.servers import Database, create_all
from tests.system.checking import brief, check, drift
from tests.versions import flask_sqlalchemy

DEFAULT = "CREATE TABLE users (id serial PRIMARY KEY, name varchar(50) NOT NULL)"
REPORTS = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE reports (id serial PRIMARY KEY, state state);
"""


def per_metadata() -> list[sa.MetaData]:
    """Return models as Flask-SQLAlchemy 3 keeps them: a MetaData for each bind."""
    default, reports = sa.MetaData(), sa.MetaData(info={"bind_key": "reports"})
    _users(default)
    _reports(reports)
    return [default, reports]


def per_table() -> list[sa.MetaData]:
    """Return models as Flask-SQLAlchemy 2 keeps them: one MetaData, and the key at the table."""
    metadata = sa.MetaData()
    _users(metadata)
    _reports(metadata, info={"bind_key": "reports"})
    return [metadata]


def only_bound() -> sa.MetaData:
    """Return models of which none belongs to the default database."""
    metadata = sa.MetaData()
    _reports(metadata, info={"bind_key": "reports"})
    return metadata


def _users(metadata: sa.MetaData) -> None:
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
    )


def _reports(metadata: sa.MetaData, **options: Any) -> None:
    sa.Table(
        "reports",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", sa.Enum("new", "done", name="state")),
        **options,
    )


@pytest.fixture
def reports(database: Database, admin: psycopg.Connection[object], dsn: str) -> Iterator[Database]:
    """Return the second database."""
    other = Database(admin, dsn)
    other.execute(REPORTS)
    yield other
    other.drop()


@pytest.mark.parametrize("metadatas", [per_metadata, per_table])
def test_each_bind_is_compared_with_its_own_database(
    database: Database, reports: Database, metadatas: object
) -> None:
    models = metadatas()  # type: ignore[operator]
    database.execute(DEFAULT)
    outcome = check(database.url, *models)
    assert brief(outcome.findings) == []
    assert outcome.notes[0] == (
        "the bind reports is not compared (tables: 1); add its database to binds in the "
        "configuration, or check it with the option bind set to reports"
    )
    assert check(database.url, *models, binds=("reports",)).notes == outcome.notes[1:]
    assert outcome.compared["tables"] == 1
    assert check(reports.url, *models, bind="reports").in_sync
    reports.execute("ALTER TABLE reports DROP state; ALTER TYPE state ADD VALUE 'gone'")
    assert brief(check(reports.url, *models, bind="reports").findings) == [
        "error missing-column public.reports.state",
        "warning enum-mismatch public.state",
    ]


@pytest.mark.parametrize("metadatas", [per_metadata, per_table])
def test_binds_that_share_a_database_are_not_extra_to_each_other(
    database: Database, metadatas: object
) -> None:
    models = metadatas()  # type: ignore[operator]
    for metadata in models:
        create_all(metadata, database.url)
    assert check(database.url, *models).in_sync
    assert check(database.url, *models, bind="reports").in_sync
    database.execute("CREATE TABLE more (id int)")
    for bind in (None, "reports"):
        found = brief(check(database.url, *models, bind=bind).findings)
        assert found == ["warning extra-table public.more"]


def test_a_bind_must_be_known_and_chosen(database: Database) -> None:
    models = Models("app:db", per_table())
    with pytest.raises(ModelsError, match="app:db has no table of the bind other; known are rep"):
        models.of("other")
    with pytest.raises(ModelsError, match="its models have no bind key"):
        Models("app:db", per_metadata()[:1]).of("other")
    with pytest.raises(ModelsError, match=r"every table of x belongs to a bind \(reports\); set"):
        Models("x", [only_bound()]).of(None)


CONFIGURATION = """
models: tests.check.test_binds:per_table
targets:
  shop:
    database: {0}
    binds:
      reports: ${{REPORTS_URL}}
  other:
    database: {0}
"""


def test_the_configuration_names_the_databases_of_binds(
    database: Database, reports: Database, tmp_path: Path
) -> None:
    database.execute(DEFAULT)
    path = tmp_path / "drift.yaml"
    path.write_text(CONFIGURATION.format(f"'{database.url}'"))
    config = ("-c", str(path))
    outcome = drift("check", "shop", *config, REPORTS_URL=reports.url)
    assert outcome.exit_code == 0, outcome.output
    assert "shop: in sync" in outcome.stdout
    assert "shop.reports: in sync" in outcome.stdout
    assert "is not compared" not in outcome.stdout
    reports.execute("ALTER TABLE reports DROP state")
    for names in (("shop.reports",), ("--bind", "reports")):
        alone = drift("check", *names, *config, REPORTS_URL=reports.url)
        assert alone.exit_code == 1, alone.output
        assert "shop:" not in alone.stdout
        assert "state" in alone.stdout
    unset = drift("check", *config, REPORTS_URL=None)
    assert unset.exit_code == 2
    assert "shop: in sync" in unset.stdout
    assert "drift.yaml:7: targets.shop.binds.reports: the env" in unset.output
    looked = drift("doctor", "shop", *config, REPORTS_URL=reports.url)
    assert "shop.reports: tables: 1 of 1 declared tables exist" in looked.stdout


def test_the_command_line_chooses_a_bind(reports: Database) -> None:
    models = ("--models", "tests.check.test_binds:per_table")
    outcome = drift("check", "--database", reports.url, "--bind", "reports", *models)
    assert outcome.exit_code == 0, outcome.output
    unknown = drift("check", "--database", reports.url, "--bind", "rep", *models)
    assert unknown.exit_code == 2
    assert "has no table of the bind rep; known are reports" in unknown.output


@flask_sqlalchemy
def test_a_flask_application_with_binds(database: Database, reports: Database) -> None:
    """Its `db` keeps a MetaData for each bind."""
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()

    class User(db.Model):  # type: ignore[name-defined]
        __tablename__ = "users"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String(50), nullable=False)

    class Report(db.Model):  # type: ignore[name-defined]
        __bind_key__ = "reports"
        __tablename__ = "reports"
        id = sa.Column(sa.Integer, primary_key=True)
        state: Any = sa.Column(sa.Enum("new", "done", name="state"))

    models = tuple(db.metadatas.values())
    for metadata in models[:1]:
        create_all(metadata, database.url)
    assert check(database.url, *models).in_sync
    assert check(reports.url, *models, bind="reports").in_sync
