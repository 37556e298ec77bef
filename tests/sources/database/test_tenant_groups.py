"""The server groups tenants that are equal apart from their own name, and no others."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from msgspec.structs import replace

from drift.sources.database.concurrent_changes import changed_since
from drift.sources.database.connection import Timeouts
from drift.sources.database.reflection import Reflection, reflect
from drift.sources.database.scope import Scope
from drift.sources.database.session import OwnSession
from tests.servers import Database

KINDS = frozenset({"view", "function", "trigger", "policy", "grant"})
TIMEOUTS = Timeouts(10, 60, 10)


def read(database: Database, *patterns: str) -> Reflection:
    scope = Scope(schemas=(), tenants=patterns, kinds=KINDS)
    with psycopg.connect(database.url) as connection:
        return reflect(connection, scope, TIMEOUTS)


def groups(database: Database, *patterns: str) -> list[tuple[str, ...]]:
    return sorted(group.schemas for group in read(database, *patterns or ("*",)).tenants)


def make(database: Database, schemas: Sequence[str], sql: str) -> None:
    """Run SQL per schema: `{s}` is its name in SQL, `{l}` the same in a literal, `{n}` bare."""
    for schema in schemas:
        quoted = '"' + schema.replace('"', '""') + '"'
        in_literals = [name.replace("'", "''") for name in (schema, quoted)]
        text = sql.format(s=quoted, n=in_literals[0], l=in_literals[1])
        database.execute(f"CREATE SCHEMA {quoted}; {text}")


PAIRS = [
    ("acme", "beta"),
    ("t_1", "t_11"),
    ("a", "ab"),
    ("A b", "c"),
    ("a.b", "a"),
    ('say "no"', "c"),
    ("a+(b|c)*", "[x]"),
    ("back\\slash", "do$$llar"),
    ("naïve", "größe"),
    ("select", "users"),
    ("id", "name"),
    ("users", "*"),
    ("schema", "type"),
]
ALL = """
CREATE TYPE {s}.mood AS ENUM ('a', 'b');
CREATE DOMAIN {s}.short AS text CHECK (length(VALUE) < 9);
CREATE FUNCTION {s}.f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE {s}.users (id serial PRIMARY KEY, mood {s}.mood DEFAULT 'a', moods {s}.mood[],
  s {s}.short DEFAULT 'a.b', n int DEFAULT nextval('{l}.users_id_seq'), CHECK ({s}.f(id)));
CREATE TABLE {s}.orders (id int GENERATED ALWAYS AS IDENTITY, user_id int REFERENCES {s}.users);
CREATE INDEX ix ON {s}.users ({s}.f(id)) WHERE {s}.f(id);
CREATE VIEW {s}.v AS SELECT u.mood, o.id FROM {s}.users u JOIN {s}.orders o ON o.user_id = u.id
  WHERE u.mood = 'b' AND {s}.f(u.id);
"""


@pytest.mark.parametrize("names", PAIRS)
def test_tenants_that_differ_only_in_their_name_are_one_group(
    database: Database, names: tuple[str, str]
) -> None:
    database.execute("DROP SCHEMA public")
    make(database, names, ALL)
    assert [set(group) for group in groups(database)] == [set(names)]
    live = read(database, "*").schema.objects
    assert len({item.schema for items in live.values() for item in items}) == 1


TABLE = "CREATE TABLE {s}.users (id int, note text); "
APART = [
    "COMMENT ON TABLE {s}.users IS 'of {n}.users'",
    "COMMENT ON COLUMN {s}.users.note IS '{n}'",
    "ALTER TABLE {s}.users ALTER note SET DEFAULT '{n}.users'",
    "ALTER TABLE {s}.users ALTER note SET DEFAULT 'x''::{n}.mood'",
    "ALTER TABLE {s}.users ALTER note SET DEFAULT 'nextval({n}.a)'",
    "ALTER TABLE {s}.users ALTER note SET DEFAULT ': \"{n}.a'",
    'ALTER TABLE {s}.users ADD "{n}" int',
    'ALTER TABLE {s}.users ADD "{n}.x" int CHECK ("{n}.x" > 0)',
    'ALTER TABLE {s}.users RENAME TO "{n}"',
    "CREATE TYPE {s}.mood AS ENUM ('{n}.a')",
    'CREATE INDEX "{n}.ix" ON {s}.users (id)',
    "ALTER TABLE {s}.users ADD CONSTRAINT c CHECK (note <> '{n}.a')",
    "CREATE VIEW {s}.v AS SELECT '{n}.x' AS a FROM {s}.users",
]


@pytest.mark.parametrize("names", [("acme", "beta"), ("t_1", "t_11"), ("A b", "a.b")])
@pytest.mark.parametrize("sql", APART)
def test_texts_that_hold_the_name_keep_tenants_apart(
    database: Database, sql: str, names: tuple[str, str]
) -> None:
    database.execute("DROP SCHEMA public")
    make(database, names, TABLE + sql)
    assert groups(database) == sorted((name,) for name in names)


@pytest.mark.parametrize("names", [("acme", "beta"), ("t_1", "t_11")])
@pytest.mark.parametrize("sql", APART)
def test_the_same_text_keeps_no_tenants_apart(
    database: Database, sql: str, names: tuple[str, str]
) -> None:
    """Also not the mark that stands for a tenant's name in the statement."""
    database.execute("DROP SCHEMA public")
    make(database, names, TABLE + sql.replace("{n}", "gamma\x01"))
    assert [set(group) for group in groups(database)] == [set(names)]


CROSS = [
    ("ALTER TABLE {0}.users ADD mood acme.mood", "its own type, and another's"),
    ("ALTER TABLE {0}.users ADD n int DEFAULT nextval('acme.s')", "another's sequence"),
    ("ALTER TABLE {0}.users ADD FOREIGN KEY (id) REFERENCES acme.keys", "another's table"),
    ("ALTER TABLE {0}.users ADD CHECK (acme.f(id))", "another's function"),
    ("CREATE VIEW {0}.v AS SELECT id FROM acme.keys", "another's view"),
    ("CREATE INDEX ix ON {0}.users (id) WHERE acme.f(id)", "another's function in an index"),
]


@pytest.mark.parametrize(("sql", "reason"), CROSS, ids=[reason for _, reason in CROSS])
def test_a_reference_to_another_tenant_is_a_difference(
    database: Database, sql: str, reason: str
) -> None:
    database.execute("DROP SCHEMA public")
    names = ("acme", "beta", "xacme")
    make(
        database,
        names,
        "CREATE TYPE {s}.mood AS ENUM ('a'); CREATE SEQUENCE {s}.s;"
        "CREATE TABLE {s}.users (id int); CREATE TABLE {s}.keys (id int PRIMARY KEY);"
        "CREATE FUNCTION {s}.f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    )
    assert groups(database) == [names]
    for name in names:
        database.execute(sql.format(name))
    assert groups(database) == [("acme",), ("beta", "xacme")], reason


PLAIN = [
    'CREATE INDEX ix ON {s}.users ("{n}.x")',
    'CREATE INDEX ix ON {s}.users ("{n}.x" DESC, (id + 1))',
    'ALTER TABLE {s}.users ADD CONSTRAINT c EXCLUDE ("{n}.x" WITH =)',
    'GRANT SELECT ("{n}.x") ON {s}.users TO public',
    'CREATE POLICY p ON {s}.users TO "{n}.x"',
    'CREATE DOMAIN {s}.d AS int; ALTER DOMAIN {s}.d ADD CONSTRAINT "{n}.x" CHECK (true) NOT VALID',
]


@pytest.mark.parametrize("sql", PLAIN)
def test_a_name_that_holds_the_schema_is_no_reference(database: Database, sql: str) -> None:
    """Also not within an index's keys, a list of privileges or one of roles."""
    # roles are the server's: their names, and thus those of the schemas, begin with the database's
    acme, beta = names = [database.role(f"{n}.x").removesuffix(".x") for n in ("acme", "beta")]
    columns = ", ".join(f'"{name}.x" int' for name in names)
    table = f"CREATE TABLE {{s}}.users (id int, {columns})"
    make(database, names, table)
    assert groups(database, "*_*") == [(acme, beta)]
    for name in names:
        database.execute(sql.format(s=name, n=name))
    assert groups(database, "*_*") == [(acme,), (beta,)]
    database.execute(f"DROP SCHEMA {', '.join(names)} CASCADE")
    make(database, names, table)
    for name in names:
        database.execute(sql.format(s=name, n=acme))
    assert groups(database, "*_*") == [(acme, beta)]


def test_a_schema_that_is_named_as_references_are_marked_is_another_one(database: Database) -> None:
    database.execute("DROP SCHEMA public")
    make(database, ("*",), "CREATE TABLE {s}.keys (id int PRIMARY KEY)")
    for name, target in (("a_1", "a_1"), ("a_2", '"*"')):
        make(database, (name,), "CREATE TABLE {s}.keys (id int PRIMARY KEY)")
        database.execute(f"CREATE TABLE {name}.users (id int REFERENCES {target}.keys)")
    assert groups(database, "a_*") == [("a_1",), ("a_2",)]


def test_own_names_in_texts_keep_tenants_apart_only_if_the_texts_differ(database: Database) -> None:
    database.execute("DROP SCHEMA public")
    make(database, ("acme", "beta"), TABLE + "COMMENT ON TABLE {s}.users IS 'of acme.users'")
    assert groups(database) == [("acme", "beta")]


def test_as_many_equal_rows_as_in_another_tenant_are_needed(database: Database) -> None:
    """Sums of hashes count equal rows: two unnamed grants, or two overloaded functions, are two."""
    database.execute("DROP SCHEMA public")
    make(database, ("a_1", "a_2"), "CREATE TABLE {s}.a (n int, CHECK (n > 0))")
    assert groups(database) == [("a_1", "a_2")]
    database.execute("ALTER TABLE a_2.a ADD CHECK (n > 0)")
    assert groups(database) == [("a_1",), ("a_2",)]


def test_a_pattern_for_every_schema_leaves_out_extensions_and_the_system(
    database: Database,
) -> None:
    """An extension has the schema "", which `*` matches, too."""
    database.execute("CREATE EXTENSION btree_gist")
    make(database, ("acme", "beta"), TABLE)
    reflection = read(database, "*")
    assert {group.schemas for group in reflection.tenants} == {("public",), ("acme", "beta")}


@pytest.mark.parametrize("schemas", [(), ("t_3",), ("t_1", "other"), (None,)])
def test_a_second_look_is_at_the_schemas_that_were_sent(
    database: Database, schemas: tuple[str | None, ...]
) -> None:
    """Nothing seems to change that was not read, and each change of an example is seen."""
    make(database, ("t_1", "t_2", "t_3", "other"), TABLE)
    database.execute("CREATE TABLE users (id int)")
    scope = Scope(schemas=schemas, tenants=("t_*",))
    with psycopg.connect(database.url) as connection:
        session = OwnSession(connection)
        live = reflect(connection, scope, TIMEOUTS)
        (group,) = live.tenants
        assert group.schemas == ("t_1", "t_2", "t_3")
        again = replace(scope, examples=(group.example,))

        def changed() -> frozenset[str]:
            session.rollback()
            return changed_since(live.server.versions, session, again, TIMEOUTS, begins=True)

        assert changed() == frozenset()
        database.execute("ALTER TABLE t_2.users ADD a int; CREATE SCHEMA t_4")
        assert changed() == frozenset()
        database.execute("ALTER TABLE t_1.users ADD a int")
        assert changed() == {"t_1.users"}
