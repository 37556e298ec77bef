"""Objects that are declared twice, have no name, or cannot be created: each has one finding."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.servers import Database, create_all
from tests.system.checking import brief, check, found
from tests.system.small_tables import in_sync, table

TWICE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "both keys": ("fk", "", ()),
    "one key": ("fk", "DROP CONSTRAINT a_name", ("info missing-foreign-key public.u.a_name",)),
    "the other key": ("fk", "DROP CONSTRAINT u_n_fkey",
                      ("info missing-foreign-key public.u.u_n_fkey",)),
    "no key": ("fk", "DROP CONSTRAINT u_n_fkey, DROP CONSTRAINT a_name",
               ("error missing-foreign-key public.u.a_name",
                "error missing-foreign-key public.u.u_n_fkey")),
    "one key of two without a name": ("fks", "DROP CONSTRAINT u_n_fkey1",
                                      ("info missing-foreign-key public.u.u_n_fkey1",)),
    "no key of two without a name": ("fks", "DROP CONSTRAINT u_n_fkey, DROP CONSTRAINT u_n_fkey1",
                                     ("error missing-foreign-key public.u.u_n_fkey",
                                      "error missing-foreign-key public.u.u_n_fkey1")),
    "one of two keys that differ": ("actions", "DROP CONSTRAINT a_name",
                                    ("error missing-foreign-key public.u.a_name",)),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "expected"), TWICE.values(), ids=TWICE)
def test_a_constraint_declared_twice_and_live_once(
    database: Database, kind: str, change: str, expected: tuple[str, ...]
) -> None:
    metadata = table()
    target = metadata.tables["t"].c.id
    second = sa.Table("u", metadata, sa.Column("n", sa.Integer))
    for name in (None, None if kind == "fks" else "a_name"):
        action = "CASCADE" if kind == "actions" and name else None
        key = sa.ForeignKeyConstraint([second.c.n], [target], name=name, ondelete=action)
        second.append_constraint(key)
    create_all(metadata, database.url)
    database.execute(f"ALTER TABLE u {change}" if change else "")
    findings = check(database.url, metadata).findings
    assert brief(findings) == sorted(expected)
    for finding in findings:
        assert ("the other one exists" in finding.message) == (finding.severity == "info")


def test_a_key_whose_autoincrement_column_is_not_its_first(database: Database) -> None:
    metadata = sa.MetaData()
    orders: dict[str, list[Any]] = {
        "implicit": [],
        "explicit": [sa.PrimaryKeyConstraint("tenant", "id")],
    }
    for name, key in orders.items():
        sa.Table(
            name, metadata, sa.Column("tenant", sa.Integer, primary_key=True),
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True), *key,
        )  # fmt: skip
    in_sync(database, metadata)
    change = "DROP CONSTRAINT implicit_pkey, ADD PRIMARY KEY (tenant, id)"
    database.execute(f"ALTER TABLE implicit {change}")
    expected = ["warning primary-key-mismatch public.implicit.implicit_pkey"]
    assert found(database.url, metadata) == expected


def test_of_two_equal_checks_the_one_with_the_name_is_missed(database: Database) -> None:
    twice = (sa.CheckConstraint("n > 0"), sa.CheckConstraint("n > 0", name="a_name"))
    metadata = table(sa.Column("n", sa.Integer), *twice)
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    database.execute("ALTER TABLE t DROP CONSTRAINT a_name")
    assert found(database.url, metadata) == ["info missing-check public.t.a_name"]
    database.execute("ALTER TABLE t DROP CONSTRAINT t_n_check")
    gone = ["error missing-check public.t.a_name", "error missing-check public.t.t_n_check"]
    assert found(database.url, metadata) == gone


def test_an_extra_index_that_is_invalid_says_so(database: Database) -> None:
    metadata = table(sa.Column("n", sa.Integer))
    create_all(metadata, database.url)
    database.execute("CREATE INDEX n_ccnew ON t (n); UPDATE pg_index SET indisvalid = false"
                     " WHERE indexrelid = 'n_ccnew'::regclass")  # fmt: skip
    [finding] = check(database.url, metadata).findings
    assert finding.rule == "extra-index"
    assert "INVALID (a CREATE INDEX or REINDEX CONCURRENTLY did not finish)" in finding.message


def unmade(database: Database, metadata: sa.MetaData, live: str) -> list[tuple[str, str]]:
    database.execute(live)
    findings = check(database.url, metadata).findings
    return [(finding.rule, finding.message) for finding in findings]


def test_what_can_never_be_made_is_said_to_be_impossible(database: Database) -> None:
    metadata = table(sa.Column("n", sa.Integer), sa.Column("name", sa.Text))
    first = metadata.tables["t"]
    second = sa.Table("u", metadata, sa.Column("n", sa.Integer), sa.Column("m", sa.Integer))
    second.append_constraint(sa.ForeignKeyConstraint([second.c.n], [first.c.n], name="fk"))
    sa.Index("same", first.c.n)
    sa.Index("same", second.c.m)
    sa.Index("no_gin", first.c.name, postgresql_using="gin")
    findings = unmade(
        database,
        metadata,
        "CREATE TABLE t (id serial PRIMARY KEY, n int, name text); CREATE TABLE u (n int, m int);"
        "CREATE INDEX same ON t (n)",
    )
    assert [rule for rule, _ in findings] == ["impossible-declaration"] * 3
    text = "\n".join(message for _, message in findings)
    assert "nothing in the models keeps t (n) unique" in text
    assert "another index of the same name" in text
    assert "text has no default operator class for GIN" in text


def test_a_default_that_freezes_the_moment_is_said_to_be_frozen(database: Database) -> None:
    metadata = table(sa.Column("at", sa.DateTime(timezone=True), server_default="now()"))
    create_all(metadata, database.url)
    [finding] = check(database.url, metadata).findings
    assert (finding.rule, finding.severity) == ("frozen-default", "warning")


def test_an_expression_that_the_server_cannot_read_spoils_no_other(database: Database) -> None:
    metadata = table(
        sa.Column("n", sa.Integer, server_default=sa.text("no_such_function()")),
        sa.Column("m", pg.JSONB, server_default="{}"),
        sa.CheckConstraint("m IS NOT NULL AND id > 0", name="ck"),
    )
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT 5, m jsonb DEFAULT ' {} ',"
        " CONSTRAINT ck CHECK ((m IS NOT NULL) AND (id > 0)))"
    )
    [finding] = check(database.url, metadata).findings
    assert finding.rule == "column-default-mismatch"
    assert "could not be compared: function no_such_function() does not exist" in finding.message
    assert finding.impact == "Unknown: drift could not tell whether both mean the same."


def test_nothing_volatile_is_run(database: Database) -> None:
    database.execute("CREATE SEQUENCE counter")
    metadata = table(
        sa.Column("n", sa.Integer, server_default=sa.text("nextval('counter') + 0")),
    )
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT (nextval('counter') + 1))"
    )
    rules = {finding.rule for finding in check(database.url, metadata).findings}
    assert "column-default-mismatch" in rules
    assert database.fetch("SELECT is_called FROM counter") == [(False,)]


def constraints_without_names() -> sa.MetaData:
    metadata = table(
        sa.Column("a", sa.Integer, sa.CheckConstraint("a > 0"), sa.CheckConstraint("a < 9")),
        sa.Column("b", sa.Float, sa.CheckConstraint("b::float8 > 0 AND abs(b) < '8'::float")),
        sa.CheckConstraint("a > b"),
        sa.CheckConstraint("'b' < '\"a\"'"),
        sa.CheckConstraint("b < 7", name="t_b_check1"),
        sa.CheckConstraint('"b" < 8'),
        sa.UniqueConstraint("a", deferrable=True),
        sa.UniqueConstraint("a"),
        pg.ExcludeConstraint(("a", "="), using="btree"),
        pg.ExcludeConstraint(("a", "="), using="btree", where=sa.text("b > 0")),
    )
    for name in ("one", "two"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        key = sa.ForeignKeyConstraint(["a"], [f"{name}.id"])
        metadata.tables["t"].append_constraint(key)
    return metadata


def test_constraints_without_a_name_are_called_as_the_server_calls_them(database: Database) -> None:
    metadata = constraints_without_names()
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    names = "SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND contype IN {}"
    live = {row[0] for row in database.fetch(names.format("('c', 'u', 'x', 'f')"))}
    for name in live:
        database.execute(f'ALTER TABLE t DROP CONSTRAINT "{name}"')
    findings = check(database.url, metadata).findings
    assert {finding.object.name for finding in findings} == live
    assert len({finding.fingerprint for finding in findings}) == len(live) == 13


def test_a_fingerprint_stays_when_another_finding_goes(database: Database) -> None:
    metadata = constraints_without_names()
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY, a int, b float);"
        "CREATE TABLE one (id serial PRIMARY KEY); CREATE TABLE two (id serial PRIMARY KEY)"
    )
    before = {f.message: f.fingerprint for f in check(database.url, metadata).findings}
    database.execute("ALTER TABLE t ADD CONSTRAINT other CHECK (a > 0)")
    after = {f.message: f.fingerprint for f in check(database.url, metadata).findings}
    assert len(after) == len(before) - 1
    assert after.items() <= before.items()


def test_two_indexes_of_one_name_have_two_fingerprints(database: Database) -> None:
    metadata = table(sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    create_all(metadata, database.url)
    for column in list(metadata.tables["t"].c)[1:]:
        sa.Index("same", column)
    findings = check(database.url, metadata).findings
    assert [f.rule for f in findings] == ["impossible-declaration"] * 2
    assert len({f.fingerprint for f in findings}) == 2


def test_two_bases_that_would_clash_in_another_schema_are_compared(database: Database) -> None:
    metadatas = sa.MetaData(), sa.MetaData()
    table = sa.Table("t", metadatas[0], sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("u", metadatas[0], sa.Column("id", sa.Integer, sa.ForeignKey(table.c.id)))
    sa.Table("t", metadatas[1], sa.Column("id", sa.Text, primary_key=True), schema="public")
    database.execute("CREATE SCHEMA app; CREATE TABLE public.t (id text PRIMARY KEY)")
    database.admin("ALTER DATABASE {} SET search_path = app", database.name)
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY); CREATE TABLE u (id integer REFERENCES t)"
    )

    assert found(database.url, *metadatas) == []
