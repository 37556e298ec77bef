"""Tables whose models and databases agree, or differ by one thing, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.sources.database.test_extensions import Named

CREATED = "@"
"""Stands in the SQL for what the models' own `create_all` makes."""


class Case(NamedTuple):
    """The models, the SQL that makes the live side, and the findings as `severity rule path`."""

    declared: Callable[[], Any]
    live: str = CREATED
    expected: tuple[str, ...] = ()
    server: int = 14


def table(
    *items: Any, name: str = "t", key: bool = True, **options: Any
) -> Callable[[sa.MetaData], Any]:
    """Return what adds a table to metadata."""

    def add(metadata: sa.MetaData) -> Any:
        first = (sa.Column("id", sa.Integer, primary_key=True),) if key else ()
        return sa.Table(name, metadata, *first, *items, **options)

    return add


def made(*tables: Callable[[sa.MetaData], Any], **options: Any) -> sa.MetaData:
    """Return metadata with some tables."""
    metadata = sa.MetaData(**options)
    for add in tables:
        add(metadata)
    return metadata


def a(type_: Any = sa.Integer, *items: Any, **options: Any) -> Any:
    return sa.Column("a", type_, *items, **options)


def b(type_: Any = sa.Integer, *items: Any, **options: Any) -> Any:
    return sa.Column("b", type_, *items, **options)


def key(type_: Any = sa.Integer, *items: Any, **options: Any) -> Any:
    return sa.Column("id", type_, *items, primary_key=True, **options)


def uniques() -> sa.MetaData:
    return made(table(a(), *(sa.UniqueConstraint("a", name=name) for name in ("u1", "u2"))))


def over_key() -> sa.MetaData:
    return made(table(a(), sa.UniqueConstraint("id", name="uq_id")))


T = "CREATE TABLE t (id serial PRIMARY KEY, a int);"
U1, U2 = (f"ALTER TABLE t ADD CONSTRAINT u{number} UNIQUE (a);" for number in (1, 2))

UNIQUENESS = {
    "over the key, both": Case(over_key, T + "ALTER TABLE t ADD CONSTRAINT uq_id UNIQUE (id)"),
    "over the key, created": Case(over_key),
    "over the key, gone": Case(over_key, T),
    "over the key, which is gone": Case(
        over_key, "CREATE TABLE t (id serial, a int, CONSTRAINT uq_id UNIQUE (id))",
        ("error missing-primary-key public.t.t_pkey",),
    ),
    "over the key, without a name": Case(
        lambda: made(table(sa.UniqueConstraint("id"))),
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ADD UNIQUE (id)",
    ),
    "unique=True on the key": Case(
        lambda: made(table(key(unique=True), key=False)),
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ADD UNIQUE (id)",
    ),
    "over a key of two": Case(
        lambda: made(table(a(primary_key=True), b(primary_key=True),
                           sa.UniqueConstraint("a", "b", name="u"), key=False)),
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b));"
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)",
    ),
    "over a key of two, reversed": Case(
        lambda: made(table(a(primary_key=True), b(primary_key=True),
                           sa.UniqueConstraint("b", "a", name="u"), key=False)),
        "@ALTER TABLE t DROP CONSTRAINT u", ("error missing-unique public.t.u",),
    ),
    "twice, created": Case(uniques),
    "twice, both": Case(uniques, T + U1 + U2),
    "twice, the first": Case(uniques, T + U1),
    "twice, the second": Case(uniques, T + U2),
    "twice, none": Case(uniques, T, ("error missing-unique public.t.u1",)),
    "twice, renamed": Case(
        uniques, T + U1.replace("u1", "u3"), ("info unique-mismatch public.t.u3",)
    ),
    "twice, and an index in place of both": Case(
        uniques, T + "CREATE UNIQUE INDEX ix ON t (a)", ("warning unique-mismatch public.t.u1",)
    ),
    "with a name and without, both": Case(
        lambda: made(table(a(unique=True), sa.UniqueConstraint("a", name="u2"))),
        T + "ALTER TABLE t ADD UNIQUE (a);" + U2,
    ),
    "an exclusion twice, both": Case(
        lambda: made(table(a(), *(pg.ExcludeConstraint(("a", "="), using="btree", name=name)
                                  for name in ("e1", "e2")))),
        T + "ALTER TABLE t ADD CONSTRAINT e1 EXCLUDE USING btree (a WITH =);"
        "ALTER TABLE t ADD CONSTRAINT e2 EXCLUDE USING btree (a WITH =)",
    ),
    "an exclusion twice, none": Case(
        lambda: made(table(a(), *(pg.ExcludeConstraint(("a", "="), using="btree", name=name)
                                  for name in ("e1", "e2")))),
        T, ("error missing-exclusion public.t.e1",),
    ),
    "an index twice, both": Case(lambda: made(table(a(index=True), sa.Index("ix", "a")))),
    "an index twice, one": Case(
        lambda: made(table(a(index=True), sa.Index("ix", "a"))), "@DROP INDEX ix",
        ("info missing-index public.t.ix",),
    ),
    "an index twice, none": Case(
        lambda: made(table(a(index=True), sa.Index("ix", "a"))), "@DROP INDEX ix, ix_t_a",
        ("warning missing-index public.t.ix", "warning missing-index public.t.ix_t_a"),
    ),
    "an index became unique": Case(
        lambda: made(table(a(), sa.Index("ix", "a"))), T + "CREATE UNIQUE INDEX ix ON t (a)",
        ("error index-mismatch public.t.ix",),
    ),
}  # fmt: skip

X = "CREATE TABLE x (id serial PRIMARY KEY, a int, b int);"
MISMATCH = "table-mismatch public.t"


def _in_place(live: str, severity: str, *more: str) -> Case:
    declared = made(table(a(), b(index=True)))
    extra = ("warning extra-table public.x",) if live.startswith(X) else ()
    return Case(lambda: declared, live, (f"{severity} {MISMATCH}", *extra, *more))


RELATIONS = {
    "a materialized view": _in_place(
        X + "CREATE MATERIALIZED VIEW t AS SELECT * FROM x", "error"),
    "a constant view": _in_place("CREATE VIEW t AS SELECT 1 AS id, 2 AS a, 3 AS b", "error"),
    "a view that takes rows": _in_place(X + "CREATE VIEW t AS SELECT * FROM x", "info"),
    "a view of groups": _in_place(
        X + "CREATE VIEW t AS SELECT id, max(a) AS a, 1 AS b FROM x GROUP BY id", "error"),
    "a view of groups with a trigger": _in_place(
        X + "CREATE VIEW t AS SELECT id, max(a) AS a, 1 AS b FROM x GROUP BY id;"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER g INSTEAD OF INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", "info"),
    "a foreign table without a handler": _in_place(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE t (id int, a int, b int) SERVER s", "error"),
    "a partitioned table": _in_place(
        "CREATE TABLE t (id serial PRIMARY KEY, a int, b int) PARTITION BY RANGE (id);"
        "CREATE INDEX ix_t_b ON t (b)", "warning"),
    "a sequence": Case(
        lambda: made(table()), "CREATE SEQUENCE t",
        ("error missing-table public.t", "warning extra-sequence public.t")),
    "a type": Case(
        lambda: made(table()), "CREATE TYPE t AS (id int)", ("error missing-table public.t",)),
}  # fmt: skip


def domain(*given: Any, **options: Any) -> Callable[[], sa.MetaData]:
    return lambda: made(table(a(pg.DOMAIN("d", *given, **options))))


def _domain(live: str) -> str:
    return f"CREATE DOMAIN d AS {live}; CREATE TABLE t (id serial PRIMARY KEY, a d)"


DIFFERS = ("error domain-mismatch public.d",)
DOMAINS = {
    "checked": Case(domain(sa.Text, check=r"VALUE ~ '^\d{5}$'")),
    "another check": Case(
        domain(sa.Integer, check="VALUE > 0"), _domain("int CHECK (VALUE > 1)"), DIFFERS),
    "one check more": Case(
        domain(sa.Integer, check="VALUE > 0"),
        _domain("int CHECK (VALUE > 0) CHECK (VALUE < 9)"), DIFFERS),
    "a check that is NOT VALID": Case(
        domain(sa.Integer, check="VALUE > 0"),
        "CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;"
        "CREATE TABLE t (id serial PRIMARY KEY, a d)",
        ("warning not-validated-constraint public.d",)),
    "collated": Case(domain(sa.Text, collation="C")),
    "collated by its type": Case(domain(sa.String(9, collation="C")), _domain(
        'varchar(9) COLLATE "C"')),
    "no longer collated": Case(domain(sa.Text, collation="C"), _domain("text"), DIFFERS),
    "collated besides": Case(domain(sa.Text), _domain('text COLLATE "C"'), DIFFERS),
    "collated as by default": Case(domain(sa.Text, collation="default"), _domain("text")),
    "of an array": Case(domain(pg.ARRAY(sa.Text), default=sa.text("'{}'"))),
    "of a precision of 6": Case(domain(sa.DateTime), _domain("timestamp(6)")),
    "of a precision of 3": Case(domain(sa.DateTime), _domain("timestamp(3)"), DIFFERS),
    "of a domain": Case(
        lambda: made(table(a(pg.DOMAIN("e", pg.DOMAIN("d", sa.Integer))))),
        "CREATE DOMAIN d AS int; CREATE DOMAIN e AS d;"
        "CREATE TABLE t (id serial PRIMARY KEY, a e)"),
    "default NULL": Case(domain(sa.String(9)), _domain("varchar(9) DEFAULT NULL")),
    "default NULL, converted": Case(
        domain(sa.String(9), default=sa.text("CAST(NULL AS varchar)")), _domain("varchar(9)")),
    "in an array": Case(
        lambda: made(table(a(pg.ARRAY(pg.DOMAIN("d", sa.Text))))),
        "CREATE DOMAIN d AS text; CREATE TABLE t (id serial PRIMARY KEY, a d[])"),
}  # fmt: skip

OLD = "CREATE SEQUENCE t_id_seq; CREATE TABLE t (id int PRIMARY KEY DEFAULT "
SEQUENCES = {
    "looked for at each call": Case(
        lambda: made(table()), OLD + "nextval(('public.t_id_seq'::text)::regclass))"),
    "looked for at each call, declared": Case(
        lambda: made(table(key(server_default=sa.text("nextval('t_id_seq')")), key=False)),
        OLD + "nextval(('t_id_seq'::text)::regclass))"),
    "of another table": Case(
        lambda: made(table(), table(name="u")), "@ALTER TABLE u ALTER id SET DEFAULT"
        " nextval('t_id_seq')", ("warning column-default-mismatch public.u.id",)),
    "that a view calls": Case(
        lambda: made(table()), "@CREATE SEQUENCE s; CREATE VIEW v AS SELECT nextval('s')"),
    "that nothing uses": Case(
        lambda: made(table()), "@CREATE SEQUENCE s", ("warning extra-sequence public.s",)),
    "of a table with another name": Case(
        lambda: made(table()), "CREATE TABLE u (id serial PRIMARY KEY); ALTER TABLE u RENAME TO t"),
    "a step of 10": Case(
        lambda: made(table()), "@ALTER SEQUENCE t_id_seq INCREMENT 10",
        ("warning sequence-mismatch public.t_id_seq",)),
    "restarted": Case(lambda: made(table()), "@ALTER SEQUENCE t_id_seq RESTART 1000"),
    "an identity that is wider": Case(
        lambda: made(table(key(sa.Integer, sa.Identity()), key=False)),
        "@ALTER TABLE t ALTER id TYPE bigint", ("warning column-type-mismatch public.t.id",)),
    "an identity of a smallint": Case(
        lambda: made(table(key(sa.SmallInteger, sa.Identity()), key=False)),
        "@ALTER TABLE t ALTER id TYPE int", ("warning column-type-mismatch public.t.id",)),
    "an identity with its own end": Case(
        lambda: made(table(key(sa.Integer, sa.Identity()), key=False)),
        "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY (MAXVALUE 1000) PRIMARY KEY)",
        ("warning column-identity-mismatch public.t.id",
         "warning column-type-mismatch public.t.id")),
    "of a type of its own": Case(
        lambda: made(table(a(Named("addr")))),
        "CREATE TYPE addr AS (street text); CREATE TABLE t (id serial PRIMARY KEY, a addr)"),
}  # fmt: skip

OBJECTS = {
    f"{kind}: {name}": case
    for kind, cases in {
        "uniqueness": UNIQUENESS, "in place of a table": RELATIONS, "domain": DOMAINS,
        "sequence": SEQUENCES,
    }.items()
    for name, case in cases.items()
}  # fmt: skip
