"""The calls of a hook by drift, beside those of Alembic's own comparison of the same schemas."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.servers import Database, engine_of
from tests.sources.migrations.hooks.hooked import HookedProject
from tests.versions import SQLALCHEMY

MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()
metadata = Base.metadata
same = sa.Table("same", metadata, sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.String(9), comment="text"), sa.Index("same_index", "name"))
differing = sa.Table(
    "differing", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("diff_new", sa.Integer, info={"own": True}),
    sa.Column("diff_type", sa.Integer), sa.Column("diff_null", sa.Integer, nullable=False),
    sa.Column("a", sa.Integer), sa.Column("b", sa.Integer), sa.Column("c", sa.Numeric(9, 2)),
    sa.Column("other_id", sa.ForeignKey("same.id", name="diff_fk_new")),
    sa.Column("third_id", sa.ForeignKey("same.id", name="diff_fk_action", ondelete="CASCADE")),
    sa.UniqueConstraint("a", name="diff_unique_new"),
    sa.UniqueConstraint("a", "b", name="diff_unique_changed"),
    sa.Index("diff_index_new", "a"), sa.Index("diff_index_changed", "a", "b"),
    sa.Index("diff_index_unique", "b", unique=True),
    sa.CheckConstraint("a > 0", name="diff_check"), comment="declared",
)
sa.Table("diff_new_table", metadata, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("name", sa.Text), sa.Index("of_a_new_table", "name"))
sa.Table("in_audit", metadata, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("diff_audit", sa.Text), schema="audit")
"""
SQL = """
CREATE SCHEMA audit; CREATE SCHEMA diff_schema;
CREATE TABLE same (id serial PRIMARY KEY, name varchar(9)); CREATE INDEX same_index ON same (name);
COMMENT ON COLUMN same.name IS 'text';
CREATE TABLE differing (
  id serial PRIMARY KEY, diff_type text, diff_null int, diff_old timestamptz DEFAULT now(),
  a int, b int, c numeric(9, 2), other_id int,
  third_id int CONSTRAINT diff_fk_action REFERENCES same (id),
  CONSTRAINT diff_unique_changed UNIQUE (b), CONSTRAINT diff_unique_old UNIQUE (b, a),
  CONSTRAINT diff_fk_old FOREIGN KEY (a) REFERENCES same (id));
CREATE INDEX diff_index_changed ON differing (b, c);
CREATE INDEX diff_index_unique ON differing (b);
CREATE INDEX diff_index_old ON differing (c);
CREATE UNIQUE INDEX diff_index_expression ON differing (lower(diff_type));
COMMENT ON TABLE differing IS 'live'; COMMENT ON COLUMN differing.diff_type IS 'a comment';
CREATE TABLE diff_old_table (id int PRIMARY KEY, name varchar(9)[] NOT NULL);
COMMENT ON TABLE diff_old_table IS 'old';
CREATE TABLE audit.in_audit (id serial PRIMARY KEY);
CREATE TABLE audit.diff_audit_old (id int);
CREATE TABLE diff_schema.diff_elsewhere (id int);
"""
HOOKS = """
import json

def shape(item):
    if item is None:
        return None
    table = getattr(item, "table", item)
    columns = [column.name for column in getattr(item, "columns", ())]
    if type(item).__name__ == "Index":
        columns.append(item.unique)
    more = [getattr(item, key, None) for key in ("comment", "nullable", "primary_key")]
    more = [repr(each) if isinstance(each, (str, bool)) else None for each in more]
    default = getattr(getattr(item, "server_default", None), "arg", None)
    type_ = repr(getattr(item, "type", None)).replace("collation='default'", "")
    return [type(item).__name__, table.name, table.schema, columns, more, item.info,
            str(getattr(default, "text", default)), type_]

def include_object(object, name, type_, reflected, compare_to):
    write(["object", name, type_, reflected, shape(object), shape(compare_to)])
    return True

def include_name(name, type_, parent_names):
    write(["name", name, type_, dict(parent_names)])
    return True

def write(call):
    with open(LOG, "a") as file:
        file.write(json.dumps(call) + "\\n")
"""


def logged(path: Path) -> set[str]:
    """Return the calls about objects that differ."""
    calls = [json.loads(line) for line in path.read_text().splitlines()]
    return {json.dumps(call) for call in calls if _is_about_a_difference(call)}


def _is_about_a_difference(call: list[Any]) -> bool:
    """Alembic also asks for the names of indexes that belong to constraints, and of all schemas."""
    name, type_ = str(call[1]), call[2]
    is_of_constraint = type_ == "index" and name.startswith("diff_unique")
    return name.startswith("diff") and type_ != "schema" and not is_of_constraint


@pytest.mark.parametrize("include_schemas", [False, True])
@pytest.mark.filterwarnings("ignore:Deprecated API features detected")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_both_call_a_hook_with_the_same(
    tmp_path: Path,
    database: Database,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    include_schemas: bool,
) -> None:
    project = HookedProject(tmp_path, database, dsn)
    project.write("models.py", MODELS)
    of_drift, of_alembic = tmp_path / "drift.log", tmp_path / "alembic.log"
    project.write("hooks_of_env.py", f"LOG = {str(of_drift)!r}\n{HOOKS}")
    project.env(
        imports="from models import Base\nimport hooks_of_env as h",
        options="include_object=h.include_object, include_name=h.include_name, "
        f"include_schemas={include_schemas}",
    )
    database.execute(SQL)
    project.check()

    monkeypatch.syspath_prepend(str(tmp_path))
    hooks: Any
    hooks, models = (importlib.import_module(name) for name in ("hooks_of_env", "models"))
    for name in ("hooks_of_env", "models"):
        monkeypatch.delitem(sys.modules, name)
    hooks.LOG = str(of_alembic)
    engine = engine_of(database)
    options = {name: getattr(hooks, name) for name in ("include_object", "include_name")}
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={**options, "include_schemas": include_schemas}
        )
        assert compare_metadata(context, models.metadata)
    engine.dispose()

    ours, alembics = logged(of_drift), logged(of_alembic)
    assert alembics
    assert sorted(alembics - ours) == []
    if SQLALCHEMY < (2, 0):  # which reflects no index on an expression
        ours = {each for each in ours if '"diff_index_expression"' not in each}
    # without include_schemas, Alembic takes tables of other schemas for missing ones
    assert [each for each in ours - alembics if include_schemas or '"audit"' not in each] == []
