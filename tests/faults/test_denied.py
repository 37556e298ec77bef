"""Roles that may not call functions, or not use schemas: what cannot be compared is no difference.

The models spell every expression in another way than PostgreSQL prints it: the server has to be
asked about each.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from drift.check import notes
from drift.report.report import Check
from tests.servers import Database, create_all
from tests.system.checking import brief, check, drift


def models(name: str = "x") -> sa.MetaData:
    """Return models whose expressions hold the name; another one is drift in each of them."""
    made = sa.MetaData()
    table = sa.Table(
        "t",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Text, server_default=sa.text(f"upper('{name}') || CAST('y' AS text)")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
        sa.Column("g", sa.Text, sa.Computed(f"CAST(upper(a) || '{name}' AS text)", persisted=True)),
        sa.CheckConstraint(f"upper(a) IN ('Z', '{name}')", name="ck"),
        sa.CheckConstraint(f"NOT (upper(a) = '{name}!')"),
    )
    where = sa.text("NOT (id = 3)")
    sa.Index("ix", sa.text(f"(upper(a) || '{name}')"), postgresql_where=where, _table=table)
    return made


METADATA = models()


def without(database: Database, *functions: str) -> str:
    """Return the URL of a role that may CONNECT, where PUBLIC may not call some functions."""
    role = database.role("reader")
    for function in functions:
        database.execute(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC")
    return database.url_for(role)


def noted(outcome: Check) -> str:
    return "\n".join(note for note in outcome.notes if note.startswith("not compared"))


DENIED: dict[str, tuple[str, ...]] = {
    "upper": ("upper(text)",),
    "now": ("now()",),
    "json_to_record": ("json_to_record(json)",),
    "upper and now": ("upper(text)", "now()"),
    "pg_get_expr": ("pg_get_expr(pg_node_tree,oid)",),
    "pg_get_indexdef": ("pg_get_indexdef(oid,int4,bool)",),
    "all of them": (
        "upper(text)",
        "now()",
        "json_to_record(json)",
        "pg_get_expr(pg_node_tree,oid)",
        "pg_get_indexdef(oid,int4,bool)",
    ),
}


@pytest.mark.parametrize("functions", DENIED.values(), ids=DENIED)
def test_a_database_in_sync_stays_so(database: Database, functions: tuple[str, ...]) -> None:
    create_all(METADATA, database.url)
    outcome = check(without(database, *functions), METADATA)
    assert brief(outcome.findings) == []
    assert outcome.complete == (noted(outcome) == "")
    assert check(database.url, METADATA).complete


@pytest.mark.parametrize("functions", DENIED.values(), ids=DENIED)
def test_what_differs_is_reported_or_noted(
    database: Database, functions: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs no such function is found by any role."""
    monkeypatch.setattr(notes, "_NAMED", 99)
    create_all(METADATA, database.url)
    database.execute("ALTER TABLE t ADD extra int NOT NULL")
    other = models("other")
    owner = brief(check(database.url, other).findings)
    outcome = check(without(database, *functions), other)
    found = brief(outcome.findings)
    assert "error extra-column public.t.extra" in found
    assert set(found) <= set(owner)
    left_out = {line.split()[-1] for line in owner if line not in found}
    assert [path for path in left_out if path not in noted(outcome)] == []
    assert outcome.complete == (not left_out)


def test_the_note_names_what_and_why(database: Database) -> None:
    create_all(METADATA, database.url)
    outcome = check(without(database, "upper(text)"), models("other"))
    assert "public.t.ck" in noted(outcome)
    assert noted(outcome).endswith("(permission denied for function upper)")


def test_a_function_without_which_nothing_is_read_is_named(database: Database) -> None:
    create_all(METADATA, database.url)
    url = without(database, 'json_object_agg("any","any")')
    outcome = drift("check", "--database", url, "--models", "tests.faults.test_denied:METADATA")
    assert outcome.exit_code == 2
    assert outcome.stderr.endswith(
        "permission denied for aggregate json_object_agg (GRANT EXECUTE ON this function to the "
        "role, as every role has it by default)\n"
    )


def in_app(function: str) -> sa.MetaData:
    """Return models that call a function in every place that can."""
    made = sa.MetaData()
    table = sa.Table(
        "t",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Text),
        sa.Column("d", sa.Text, server_default=sa.text(f"{function}('x')")),
        sa.Column("g", sa.Text, sa.Computed(f"{function}(a)", persisted=True)),
        sa.CheckConstraint(f"{function}(a) <> 'x'", name="ck"),
    )
    sa.Index("ix", sa.text(f"{function}(a)"), _table=table)
    sa.Index("part", table.c.id, postgresql_where=sa.text(f"{function}(a) = 'x'"))
    return made


FUNCTION = "CREATE FUNCTION app.{0}(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT t';"
PLACES = {
    "check-mismatch public.t.ck",
    "column-default-mismatch public.t.d",
    "column-generated-mismatch public.t.g",
    "index-mismatch public.t.ix",
    "index-mismatch public.t.part",
}


@pytest.fixture
def closed(database: Database) -> tuple[Database, str]:
    """Return a database that calls app.ok1(), and the URL of a role without USAGE on app."""
    database.execute("CREATE SCHEMA app;" + FUNCTION.format("ok1") + FUNCTION.format("other"))
    create_all(in_app("app.ok1"), database.url)
    return database, database.url_for(database.role("reader"))


@pytest.mark.parametrize("path", ["public", "app, public"])
@pytest.mark.parametrize("denied", [False, True])
def test_functions_of_a_schema_without_usage(
    closed: tuple[Database, str], path: str, *, denied: bool
) -> None:
    database, url = closed
    database.admin(f"ALTER DATABASE {{}} SET search_path = {path}", database.name)
    if denied:
        database.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC")
    same = check(url, in_app("app.ok1"))
    assert (brief(same.findings), same.complete) == ([], True)
    bare = check(url, in_app("ok1"))
    assert brief(bare.findings) == []
    other = check(url, in_app("app.other"))
    assert {line.split(maxsplit=1)[1] for line in brief(other.findings)} == PLACES
    assert brief(check(database.url, in_app("app.other")).findings) == brief(other.findings)


def test_a_stray_table_of_another_schema_on_the_path_changes_nothing(database: Database) -> None:
    """The path is the setting's: `current_schemas()` would leave out what the role may not use."""
    database.execute("CREATE SCHEMA app; CREATE TABLE public.t (stray int)")
    database.admin("ALTER DATABASE {} SET search_path = app, public", database.name)
    made: Any = sa.MetaData()
    sa.Table("t", made, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text))
    sa.Table("u", made, sa.Column("id", sa.Integer, primary_key=True))
    create_all(made, database.url)
    outcome = check(database.url_for(database.role("reader")), made)
    assert (brief(outcome.findings), outcome.complete) == ([], True)


def typed(name: str, schema: str | None = "app") -> sa.MetaData:
    """Return models with columns of an enum, its array, and with a cast to it."""
    made = sa.MetaData()
    mood = sa.Enum("a", "b", name=name, schema=schema, metadata=made)
    prefix = f"{schema}." if schema else ""
    sa.Table(
        "t",
        made,
        sa.Column("m", mood, server_default="a"),
        sa.Column("n", sa.ARRAY(mood)),
        sa.Column("o", mood, server_default=sa.text(f"CAST('b' AS {prefix}{name})")),
        sa.CheckConstraint(f"m IN ('a', CAST('b' AS {prefix}{name}))", name="ck"),
    )
    return made


def test_types_of_a_schema_without_usage(database: Database) -> None:
    database.execute("CREATE SCHEMA app")
    create_all(typed("mood"), database.url)
    url = database.url_for(database.role("reader"))
    same = check(url, typed("mood"))
    assert (brief(same.findings), same.complete) == ([], True)
    other = brief(check(url, typed("feeling")).findings)
    assert [line.split(maxsplit=1)[1] for line in other if "column-type" in line] == [
        "column-type-mismatch public.t.m",
        "column-type-mismatch public.t.n",
        "column-type-mismatch public.t.o",
    ]
