"""Spellings from public reports and schema files: two of the same, or two that only look alike."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.servers import Database
from tests.sources.database.test_extensions import Named
from tests.system.checking import found
from tests.versions import domain


class Pair(NamedTuple):
    """A column or more as they are live, and as the models declare them."""

    live: str
    declared: tuple[Any, ...]
    expected: tuple[str, ...] = ()


def column(type_: Any, default: str | None = None) -> Any:
    return sa.Column("a", type_, server_default=None if default is None else sa.text(default))


def check(text: str) -> tuple[Any, ...]:
    return (sa.Column("a", sa.DateTime), sa.Column("s", sa.Text), sa.Column("n", sa.Integer),
            sa.CheckConstraint(text, name="ck"))  # fmt: skip


def live_check(text: str) -> str:
    return f"a timestamp, s text, n integer, CONSTRAINT ck CHECK ({text})"


TYPE = ("error column-type-mismatch public.t.a",)
DEFAULT = ("warning column-default-mismatch public.t.a",)
CHECK = ("error check-mismatch public.t.ck",)

PAIRS = {
    # a precision of 6 is the default one
    "timestamp(6)": Pair("a timestamp(6)", (column(sa.DateTime),)),
    "timestamptz(6)": Pair("a timestamptz(6)", (column(sa.DateTime(timezone=True)),)),
    "time(6)": Pair("a time(6)", (column(sa.Time),)),
    "timetz(6)": Pair("a timetz(6)", (column(sa.Time(timezone=True)),)),
    "interval(6)": Pair("a interval(6)", (column(sa.Interval),)),
    "interval second(6)": Pair("a interval second(6)", (column(pg.INTERVAL(fields="second")),)),
    "timestamp(6)[]": Pair("a timestamp(6)[]", (column(pg.ARRAY(sa.DateTime)),)),
    "declared with 6": Pair("a timestamp", (column(pg.TIMESTAMP(precision=6)),)),
    "timestamp(3)": Pair("a timestamp(3)", (column(sa.DateTime),), TYPE),
    "interval(3)": Pair("a interval(3)", (column(sa.Interval),), TYPE),
    # DEFAULT NULL is none
    "varchar NULL": Pair("a varchar(20) DEFAULT NULL", (column(sa.String(20)),)),
    "numeric NULL": Pair("a numeric(10,2) DEFAULT NULL", (column(sa.Numeric(10, 2)),)),
    "timestamp NULL": Pair("a timestamp(3) DEFAULT NULL", (column(pg.TIMESTAMP(precision=3)),)),
    "array NULL": Pair("a varchar(20)[] DEFAULT NULL", (column(pg.ARRAY(sa.String(20))),)),
    "text NULL declared": Pair("a text", (column(sa.Text, "NULL"),)),
    "typed NULL declared": Pair("a varchar(9)", (column(sa.String(9), "NULL::varchar"),)),
    "NULL twice": Pair("a varchar(9) DEFAULT NULL", (column(sa.String(9), "(NULL)"),)),
    "NULL in quotes": Pair("a text DEFAULT 'NULL'", (column(sa.Text),), DEFAULT),
    "NULLIF": Pair("a text DEFAULT NULLIF('a', 'b')", (column(sa.Text),), DEFAULT),
    # syntax for a call
    "AT TIME ZONE": Pair("a timestamp DEFAULT timezone('utc', now())",
                         (column(sa.DateTime, "now() AT TIME ZONE 'utc'"),)),
    "timezone()": Pair("a timestamp DEFAULT (now() AT TIME ZONE 'utc')",
                       (column(sa.DateTime, "timezone('utc', now())"),)),
    "another zone": Pair("a timestamp DEFAULT timezone('utc', now())",
                         (column(sa.DateTime, "now() AT TIME ZONE 'cet'"),), DEFAULT),
    "TRIM": Pair(live_check("length(btrim(s)) > 0"), check("length(trim(s)) > 0")),
    "TRIM LEADING": Pair(live_check("ltrim(s, 'x') <> ''"),
                         check("trim(leading 'x' from s) <> ''")),
    "TRIM TRAILING": Pair(live_check("rtrim(s) <> ''"), check("trim(trailing from s) <> ''")),
    "TRIM of another side": Pair(live_check("rtrim(s) <> ''"), check("trim(s) <> ''"), CHECK),
    "SUBSTRING": Pair(live_check("substring(s from 1 for 2) <> 'x'"),
                      check("substring(s, 1, 2) <> 'x'")),
    "SUBSTRING elsewhere": Pair(live_check("substring(s from 1 for 2) <> 'x'"),
                                check("substring(s, 1, 3) <> 'x'"), CHECK),
    "POSITION": Pair(live_check("position('a' in s) > 0"),
                     check("pg_catalog.position(s, 'a') > 0")),
    "POSITION swapped": Pair(live_check("position('a' in s) > 0"),
                             check("pg_catalog.position('a', s) > 0"), CHECK),
    "OVERLAY": Pair(live_check("overlay(s placing 'b' from 2) <> ''"),
                    check("overlay(s, 'b', 2) <> ''")),
    "EXTRACT": Pair(live_check("extract(year from a) > 1"),
                    check("pg_catalog.extract('year', a) > 1")),
    "EXTRACT another": Pair(live_check("extract(year from a) > 1"),
                            check("extract(month from a) > 1"), CHECK),
    # severities
    "varchar for text": Pair("a varchar", (column(sa.Text),),
                             ("warning column-type-mismatch public.t.a",)),
    "varchar(9) for text": Pair("a varchar(9)", (column(sa.Text),), TYPE),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_two_spellings(database: Database, name: str) -> None:
    pair = PAIRS[name]
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *pair.declared)
    database.execute(f"CREATE TABLE t (id serial PRIMARY KEY, {pair.live})")
    assert found(database.url, metadata) == list(pair.expected)


@pytest.mark.parametrize(("live", "declared", "same"), [
    ("RANGE (date_trunc('month', d))", "RANGE (date_trunc('month', d))", True),
    ("LIST (lower(s))", "list(LOWER( s ))", True),
    ("RANGE ((d::date))", "RANGE ((d::date))", True),
    ("RANGE (n, lower(s), (n + 1))", "RANGE (n, lower(s), (1 * n + 1))", False),
    ("RANGE (n, lower(s), (n + 1))", "RANGE (n, lower(s), ((n)+(1)))", True),
    ("RANGE (date_trunc('month', d))", "RANGE (date_trunc('year', d))", False),
    ("RANGE (n, d)", "RANGE (d, n)", False),
    ("HASH (n)", "RANGE (n)", False),
    ('RANGE ("order")', 'RANGE ("order")', True),
    ("RANGE (s text_pattern_ops)", "RANGE (s text_pattern_ops)", True),
])  # fmt: skip
def test_partition_keys(database: Database, live: str, declared: str, *, same: bool) -> None:
    metadata = sa.MetaData()
    columns = (sa.Column("n", sa.Integer), sa.Column("s", sa.String(10)),
               sa.Column("d", sa.DateTime), sa.Column("order", sa.Integer))  # fmt: skip
    sa.Table("t", metadata, *columns, postgresql_partition_by=declared)
    columns_sql = 'n int, s varchar(10), d timestamp, "order" int'
    database.execute(f"CREATE TABLE t ({columns_sql}) PARTITION BY {live}")
    expected = [] if same else ["warning table-mismatch public.t"]
    assert found(database.url, metadata) == expected


@pytest.mark.parametrize("schema", ["order", "user", "default", "end", "analyze", "Group", "left"])
def test_schemas_that_are_called_like_keywords(database: Database, schema: str) -> None:
    metadata = sa.MetaData(schema=schema)
    kind = sa.Enum("x", name="kind", schema=schema)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("e", kind))
    database.execute(
        f'CREATE SCHEMA "{schema}"; CREATE TYPE "{schema}".kind AS ENUM (\'x\');'
        f'CREATE TABLE "{schema}".t (id serial PRIMARY KEY, e "{schema}".kind)'
    )
    assert found(database.url, metadata) == []


@domain
@pytest.mark.parametrize(("live", "declared", "same"), [
    ("DEFAULT 'foo'", "foo", True),
    ("DEFAULT ''", "", True),
    ("DEFAULT 'it''s'", "it's", True),
    ("DEFAULT 'foo'", "bar", False),
    ("", None, True),
    ("DEFAULT NULL", None, True),
    ("DEFAULT lower('A')", sa.text("lower('A')"), True),
])  # fmt: skip
def test_defaults_of_domains(database: Database, live: str, declared: Any, *, same: bool) -> None:
    metadata = sa.MetaData()
    domain = pg.DOMAIN("d", sa.Text, default=declared)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", domain))
    database.execute(f"CREATE DOMAIN d AS text {live}")
    database.execute("CREATE TABLE t (id serial PRIMARY KEY, a d)")
    assert found(database.url, metadata) == ([] if same else ["error domain-mismatch public.d"])


@pytest.mark.parametrize(("declared", "same"), [
    ("varchar COLLATE s1.loc", False), ("varchar COLLATE s2.loc", True),
    ("varchar COLLATE loc", True), ('varchar COLLATE "C"', False),
])  # fmt: skip
def test_collations_of_one_name(database: Database, declared: str, *, same: bool) -> None:
    metadata = sa.MetaData()
    a = sa.Column("a", Named(declared))
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), a)
    database.execute(
        "CREATE SCHEMA s1; CREATE SCHEMA s2; CREATE COLLATION s1.loc FROM \"C\";"
        "CREATE COLLATION s2.loc FROM \"POSIX\";"
        "CREATE TABLE t (id serial PRIMARY KEY, a varchar COLLATE s2.loc)"
    )  # fmt: skip
    expected = [] if same else ["warning column-collation-mismatch public.t.a"]
    assert found(database.url, metadata) == expected


@pytest.mark.parametrize(("declared", "same"), [
    ("make_id()", True), ("util.make_id()", True), ("other_id()", False), ("away.make_id()", False),
])  # fmt: skip
def test_a_function_off_the_search_path(database: Database, declared: str, *, same: bool) -> None:
    metadata = sa.MetaData()
    key = sa.Column("id", sa.Text, primary_key=True, server_default=sa.text(declared))
    sa.Table("t", metadata, key)
    body = "RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$"
    database.execute(
        f"CREATE SCHEMA util; CREATE FUNCTION util.make_id() {body};"
        f"CREATE FUNCTION util.other_id() {body};"
        "CREATE TABLE t (id text PRIMARY KEY DEFAULT util.make_id())"
    )
    expected = [] if same else ["warning column-default-mismatch public.t.id"]
    assert found(database.url, metadata) == expected


TSVECTOR = "to_tsvector('english', s)"


@pytest.mark.parametrize(("live", "declared", "same"), [
    (TSVECTOR, "to_tsvector('pg_catalog.english'::regconfig, s)", True),
    ("to_tsvector('english', coalesce(s, ''))", "to_tsvector('english', COALESCE(s, ''))", True),
    ("to_tsvector('public.fr', s)", "to_tsvector('fr', s)", True),
    (TSVECTOR, "to_tsvector('german', s)", False),
    (TSVECTOR, "to_tsvector('fr', s)", False),
    ("setweight(to_tsvector('simple', s), 'A')", "setweight(to_tsvector('simple', s), 'A')", True),
])  # fmt: skip
def test_text_search(database: Database, live: str, declared: str, *, same: bool) -> None:
    metadata = sa.MetaData()
    vector = sa.Column("v", pg.TSVECTOR, sa.Computed(declared, persisted=True))
    key = sa.Column("id", sa.Integer, primary_key=True)
    table = sa.Table("t", metadata, key, sa.Column("s", sa.Text), vector)
    sa.Index("ix", sa.text(declared), postgresql_using="gin", _table=table)
    database.execute("CREATE TEXT SEARCH CONFIGURATION public.fr (COPY = pg_catalog.french)")
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY, s text,"
        f" v tsvector GENERATED ALWAYS AS ({live}) STORED);"
        f"CREATE INDEX ix ON t USING gin (({live}))"
    )
    rules = {"public.t.v", "public.t.ix"}
    assert {f.split()[-1] for f in found(database.url, metadata)} == (set() if same else rules)


@pytest.mark.parametrize("text", [
    "replace(CAST(gen_random_uuid() AS TEXT), '-', '')",
    "lpad(CAST(floor(random() * 100) AS TEXT), 6, '0')",
    "lpad(to_char(CURRENT_TIMESTAMP, 'MMDD'), 6, '0')",
    "encode(sha256(CAST('a' AS bytea)), 'hex')",
    "repeat('ab', 3)",
    "CASE WHEN 'a%' LIKE 'a!%' ESCAPE '!' THEN 'x' END",
    "(date '2020-01-01' + interval '1 day')::text",
    "upper(replace(replace('a b', ' ', '-'), '--', '-'))",
    "'A'::\"char\"",
])  # fmt: skip
def test_everyday_defaults(database: Database, text: str) -> None:
    metadata = sa.MetaData()
    d = sa.Column("d", sa.Text, server_default=sa.text(text))
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), d)
    database.execute(f"CREATE TABLE t (id serial PRIMARY KEY, d text DEFAULT {text})")
    assert found(database.url, metadata) == []


OWN = """
CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE mood2 AS ENUM ('a', 'b');
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE FUNCTION less(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
CREATE OPERATOR public.< (FUNCTION = less, LEFTARG = text, RIGHTARG = text);
CREATE SCHEMA app; CREATE SEQUENCE app.s; CREATE SEQUENCE public.s;
CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 $$;
"""


@pytest.mark.parametrize(("live", "declared"), [
    ("s::mood = 'a'", "s::mood2 = 'a'"),
    ("'a'::mood::text = s", "'a'::mood2::text = s"),
    ("n::int > 0", "n::posint > 0"),
    ("s OPERATOR(public.<) 'm'", "s < 'm'"),
    ("app.f(n) > 0", "public.f(n) > 0"),
])  # fmt: skip
def test_similar_spellings_of_another_meaning(database: Database, live: str, declared: str) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("s", sa.Text), sa.Column("n", sa.Integer),
             sa.CheckConstraint(declared, name="ck"))  # fmt: skip
    database.execute(OWN)
    database.execute(f"ALTER DATABASE {database.name} SET search_path = app, public")
    database.execute(
        "CREATE TABLE public.t (id serial PRIMARY KEY, s text, n int,"
        f" CONSTRAINT ck CHECK ({live}))"
    )
    rules = [finding.split()[1] for finding in found(database.url, metadata)]
    assert "check-mismatch" in rules


def test_a_sequence_of_the_same_name_elsewhere_is_another(database: Database) -> None:
    metadata = sa.MetaData()
    n = sa.Column("n", sa.Integer, server_default=sa.text("nextval('app.s')"))
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), n)
    database.execute(OWN)
    database.execute(f"ALTER DATABASE {database.name} SET search_path = app, public")
    database.execute(
        "CREATE TABLE public.t (id serial PRIMARY KEY, n int DEFAULT nextval('public.s'))"
    )
    assert "warning column-default-mismatch public.t.n" in found(database.url, metadata)
