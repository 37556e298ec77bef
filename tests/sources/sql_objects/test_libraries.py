"""Objects of alembic-utils, of sqlalchemy-declarative-extensions and of SQL files are declared."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mutations.sql_objects import prepare
from tests.servers import Database
from tests.system.checking import drift
from tests.versions import SQLALCHEMY

MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    name = sa.Column(sa.String(50))
    email = sa.Column(sa.Text)
    mood = sa.Column(sa.Enum("good", "bad", name="mood"))
    active = sa.Column(sa.Boolean, nullable=False)
    created = sa.Column(sa.DateTime(timezone=True))
"""
ALEMBIC_UTILS = """
from alembic_utils.pg_view import PGView

active = PGView("public", "active_users", "SELECT id, name || ':x' AS name FROM users WHERE active")
others = [PGView("public", "named", "SELECT id FROM users WHERE name IS NOT NULL;")]
"""
EXTENSIONS = """
from sqlalchemy_declarative_extensions import declare_database, View, view

declare_database(Base.metadata, views=[
    View("active_users", "SELECT id, name || ':x' AS name FROM users WHERE active"),
])

@view(Base)
class Named:
    __tablename__ = "named"
    __view__ = sa.select(User.__table__.c.id).where(User.__table__.c.name.isnot(None))
"""
CREATE_VIEW = """
from sqlalchemy.schema import CreateView

users = User.__table__
CreateView(
    sa.select(users.c.id, (users.c.name + ":x").label("name")).where(users.c.active),
    "active_users", metadata=Base.metadata,
)
CreateView(
    sa.select(users.c.id).where(users.c.name.isnot(None)), "named", metadata=Base.metadata,
)
"""
SQL = """
-- all who are active
CREATE VIEW active_users AS SELECT id, name || ':x' AS name FROM users WHERE active;

CREATE VIEW named AS
    SELECT id FROM users WHERE name IS NOT NULL;
INSERT INTO users VALUES (1);
"""
LIVE = (
    "CREATE VIEW active_users AS SELECT id, name || ':x' AS name FROM users WHERE active",
    "CREATE VIEW named AS SELECT id FROM users WHERE name IS NOT NULL",
)

Write = Callable[[Path], str]


def _project(folder: Path, database: Database, models: str, more: str = "") -> None:
    (folder / "shop_models.py").write_text(models)
    (folder / "drift.yaml").write_text(
        f"models: shop_models:Base\ndatabase: {database.url!r}\nscratch: {database.url!r}\n{more}"
    )


def _alembic_utils(folder: Path, database: Database) -> str:
    _project(folder, database, MODELS + ALEMBIC_UTILS)
    return "shop_models.py:18"


def _extensions(folder: Path, database: Database) -> str:
    _project(folder, database, MODELS + EXTENSIONS)
    return ""


def _create_view(folder: Path, database: Database) -> str:
    if SQLALCHEMY < (2, 1):
        pytest.skip("needs CreateView of SQLAlchemy 2.1")
    _project(folder, database, MODELS + CREATE_VIEW)
    return "shop_models.py:19"


def _files(folder: Path, database: Database) -> str:
    _project(folder, database, MODELS, "sql: [db]\n")
    (folder / "db" / "views").mkdir(parents=True)
    (folder / "db" / "views" / "all.sql").write_text(SQL)
    return "db/views/all.sql:3"


@pytest.mark.parametrize("declare", [_alembic_utils, _extensions, _create_view, _files])
def test_views_are_compared(
    declare: Callable[[Path, Database], str],
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    line = declare(tmp_path, database)
    prepare(database, LIVE)
    database.execute("DROP TABLE orders")
    clean = drift("check")
    assert clean.exit_code == 0, clean.output
    database.execute("CREATE OR REPLACE VIEW named AS SELECT id FROM users WHERE id > 1")
    database.execute("DROP VIEW active_users")
    changed = drift("check", "--format", "json")
    assert changed.exit_code == 1
    findings = json.loads(changed.stdout)["checks"][0]["findings"]
    assert [finding["rule"] for finding in findings] == ["missing-view", "view-mismatch"]
    assert line == _line(findings[0]["location"])


def _line(location: dict[str, Any] | None) -> str:
    return f"{location['file']}:{location['line']}" if location else ""


WITHOUT = textwrap.dedent("""
    CREATE VIEW active_users AS SELECT 1 AS a;
    CREATE VIEW named AS SELECT 2 AS a;
""")


def test_without_a_scratch_server_names_are_compared(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, "sql: [views.sql]\n")
    text = (tmp_path / "drift.yaml").read_text()
    (tmp_path / "drift.yaml").write_text(
        text.replace(f"scratch: {database.url!r}", "scratch: postgresql://nowhere.invalid/x")
    )
    (tmp_path / "views.sql").write_text(WITHOUT)
    prepare(database, LIVE[:1])
    database.execute("DROP TABLE orders")
    outcome = drift("check")
    assert outcome.exit_code == 1
    assert "missing-view" in outcome.output
    assert "view-mismatch" not in outcome.output
    assert "only the name is compared of view active_users, view named" in outcome.output


def test_what_cannot_be_created_is_compared_by_name(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, "sql: [views.sql]\n")
    (tmp_path / "views.sql").write_text("CREATE VIEW named AS SELECT * FROM nowhere")
    prepare(database, LIVE[1:])
    database.execute("DROP TABLE orders")
    outcome = drift("check")
    assert outcome.exit_code == 0, outcome.output
    assert 'relation "nowhere" does not exist' in outcome.output


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sql: [nothing]", "sql: nothing does not exist"),
        ("sql: [empty]", "sql: the folder empty has no .sql file"),
        ("sql: [open.sql]", "open.sql:2: the text that begins with ' has no end"),
        ("strict: [views]", "is not such a kind; did you mean 'view'"),
    ],
)
def test_bad_input_is_named(
    key: str,
    message: str,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    _project(tmp_path, database, MODELS, f"{key}\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "open.sql").write_text("\nCREATE VIEW a AS SELECT 'b")
    outcome = drift("check")
    assert outcome.exit_code == 2
    assert message in outcome.output
