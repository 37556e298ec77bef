"""Small models that are silent as `create_all` makes them, and one drift of each that is found."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.sources.database.test_extensions import Named
from tests.spellings.objects import CREATED, Case, a, b, key, made, table


class Model(NamedTuple):
    """Models, the SQL that makes their database drift, and `severity rule path` of the finding."""

    items: Callable[[], Any]
    drift: str
    finding: str
    before: str = ""
    server: int = 14


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Guid(sa.types.TypeDecorator[Any]):
    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(pg.UUID())


def t(*items: Any, **options: Any) -> Callable[[], sa.MetaData]:
    """Return what makes metadata of one table; a function among the items makes one."""
    return lambda: made(table(*(i() if callable(i) else i for i in items), **options))


def default(type_: Any, value: Any) -> Callable[[], sa.MetaData]:
    return t(lambda: a(type_, server_default=value))


def _set(value: str) -> str:
    return f"ALTER TABLE t ALTER a SET DEFAULT {value}"


def values(colours: Any) -> list[str]:
    return [colour.value for colour in colours]


def two(*items: Any, **options: Any) -> Callable[[], sa.MetaData]:
    """Return what makes metadata of `p` and of `t`, which points at it."""
    return lambda: made(
        table(name="p"), table(*(i() if callable(i) else i for i in items)), **options
    )


D, N, Y = ("column-default-mismatch", "column-nullability-mismatch", "column-type-mismatch")
W = "warning {} public.t.a"

DEFAULTS = {
    "false()": Model(default(sa.Boolean, sa.false()), _set("true"), W.format(D)),
    "'0' of a boolean": Model(default(sa.Boolean, "0"), _set("true"), W.format(D)),
    "'t' of a boolean": Model(default(sa.Boolean, "t"), _set("false"), W.format(D)),
    "text('0')": Model(default(sa.Integer, sa.text("0")), _set("1"), W.format(D)),
    "'0' of a numeric": Model(default(sa.Numeric(9, 2), "0"), _set("0.01"), W.format(D)),
    "'' of a text": Model(default(sa.Text, ""), _set("' '"), W.format(D)),
    "a text with a quote": Model(default(sa.Text, "it's"), _set("'its'"), W.format(D)),
    "a percent sign": Model(default(sa.Text, "100%"), _set("'100%%'"), W.format(D)),
    "a backslash": Model(default(sa.Text, r"a\b"), _set("'ab'"), W.format(D)),
    "'{}' of a jsonb": Model(default(pg.JSONB, "{}"), _set("'[]'"), W.format(D)),
    "'{}'::jsonb": Model(default(pg.JSONB, sa.text("'{}'::jsonb")), _set("'null'"), W.format(D)),
    "'{}' of an array": Model(default(pg.ARRAY(sa.Text), "{}"), _set("'{a}'"), W.format(D)),
    "ARRAY[]": Model(default(pg.ARRAY(sa.Text), sa.text("ARRAY[]::text[]")), _set("NULL"),
                     W.format(D)),
    "now()": Model(default(sa.DateTime, sa.func.now()), _set("clock_timestamp()"), W.format(D)),
    "current_timestamp()": Model(default(sa.DateTime(True), sa.func.current_timestamp()),
                                 _set("statement_timestamp()"), W.format(D)),
    "now() of a precision": Model(default(pg.TIMESTAMP(precision=3), sa.func.now()),
                                  _set("clock_timestamp()"), W.format(D)),
    "now() in UTC": Model(default(sa.DateTime, sa.text("(now() AT TIME ZONE 'utc')")),
                          _set("now()"), W.format(D)),
    "timezone()": Model(default(sa.DateTime, sa.func.timezone("UTC", sa.func.now())),
                        _set("timezone('CET', now())"), W.format(D)),
    "in a week": Model(default(sa.DateTime, sa.text("now() + interval '7 days'")),
                       _set("now() + interval '8 days'"), W.format(D)),
    "a day": Model(default(sa.Interval, "1 day"), _set("'2 days'"), W.format(D)),
    "gen_random_uuid()": Model(default(pg.UUID, sa.text("gen_random_uuid()")),
                               _set("md5('a')::uuid"), W.format(D)),
    "gen_random_uuid() as text": Model(
        default(sa.String(36), sa.text("gen_random_uuid()::text")), _set("''"), W.format(D)),
    "a literal": Model(default(sa.Integer, sa.literal(5)), _set("6"), W.format(D)),
    "an expression": Model(default(sa.Integer, sa.text("floor(random() * 100)::int")),
                           _set("floor(random() * 10)::int"), W.format(D)),
    "the user": Model(default(sa.Text, sa.text("user")), _set("session_user"), W.format(D)),
    "a range": Model(default(pg.INT4RANGE, "[1,5]"), _set("'[1,5)'"), W.format(D)),
    "an address": Model(default(pg.INET, "127.0.0.1"), _set("'127.0.0.2'"), W.format(D)),
    "a date": Model(default(sa.Date, "2020-01-01"), _set("'2020-01-02'"), W.format(D)),
    "a function with CURRENT_TIMESTAMP(3)": Model(
        default(pg.TIMESTAMP(precision=3), sa.text("CURRENT_TIMESTAMP(3)")), _set("'infinity'"),
        W.format(D)),
}  # fmt: skip

ADD = "ALTER TYPE {} ADD VALUE 'z'"
ENUMS = {
    "of a class": Model(t(lambda: a(sa.Enum(Colour))), ADD.format("colour"),
                        "warning enum-mismatch public.colour"),
    "by its values": Model(
        t(lambda: a(sa.Enum(Colour, values_callable=values))),
        "ALTER TYPE colour RENAME VALUE 'red' TO 'RED'", "error enum-mismatch public.colour"),
    "with a default": Model(t(lambda: a(sa.Enum(Colour), server_default="RED")), _set("'BLUE'"),
                            W.format(D)),
    "not native": Model(
        t(lambda: a(sa.Enum("x", "yyy", native_enum=False))), "ALTER TABLE t ALTER a TYPE text",
        W.format(Y)),
    "not native, checked": Model(
        t(lambda: a(sa.Enum("x", "y", native_enum=False, create_constraint=True, name="e"))),
        "ALTER TABLE t DROP CONSTRAINT e", "error missing-check public.t.e"),
    "in an array": Model(
        t(lambda: a(pg.ARRAY(sa.Enum("x", name="e")))), ADD.format("e"),
        "warning enum-mismatch public.e"),
    "with odd labels": Model(t(lambda: a(sa.Enum("it's", "a,b", 'x "y"', name="My E"))),
                             ADD.format('"My E"'), 'warning enum-mismatch public.My E'),
    "in a predicate": Model(
        lambda: made(_with_predicate), "DROP INDEX ix; CREATE INDEX ix ON t (id) WHERE a = 'y'",
        "warning index-mismatch public.t.ix"),
    "in a check": Model(
        t(lambda: a(sa.Enum("x", "y", name="e")), lambda: sa.CheckConstraint("a = 'x'", name="c")),
        "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a = 'y')",
        "error check-mismatch public.t.c"),
    "in a schema": Model(
        lambda: made(table(a(sa.Enum("x", name="e", schema="s"), server_default="x")), schema="s"),
        "ALTER TYPE s.e ADD VALUE 'z'", "warning enum-mismatch s.e", before="CREATE SCHEMA s"),
}  # fmt: skip


def _with_predicate(metadata: sa.MetaData) -> None:
    made_ = table(a(sa.Enum("x", "y", name="e")))(metadata)
    sa.Index("ix", made_.c.id, postgresql_where=made_.c.a == "x")


FK = "foreign-key"
KEYS = {
    "deferrable": Model(
        two(lambda: a(sa.Integer, sa.ForeignKey("p.id", name="f", deferrable=True,
                                                initially="DEFERRED"))),
        "ALTER TABLE t ALTER CONSTRAINT f NOT DEFERRABLE", f"warning {FK}-mismatch public.t.f"),
    "with actions": Model(
        two(lambda: a(sa.Integer, sa.ForeignKey("p.id", name="f", ondelete="CASCADE",
                                                onupdate="SET NULL"))),
        "ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a)"
        " REFERENCES p ON UPDATE SET NULL", f"error {FK}-mismatch public.t.f"),
    "in another schema": Model(
        lambda: made(table(name="p", schema="s"), table(a(sa.Integer, sa.ForeignKey("s.p.id")))),
        "ALTER TABLE t DROP CONSTRAINT t_a_fkey", f"error missing-{FK} public.t.t_a_fkey",
        before="CREATE SCHEMA s"),
    "of a key without a type": Model(
        two(lambda: a(None, sa.ForeignKey("p.id"))), "ALTER TABLE t ALTER a TYPE bigint",
        W.format(Y)),
    "named by a convention, and cut": Model(
        two(lambda: sa.Column("a" * 40, sa.Integer, sa.ForeignKey("p.id")),
            naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s_%(column_0_name)s"}),
        "DO $$ BEGIN EXECUTE (SELECT 'ALTER TABLE t DROP CONSTRAINT ' || conname FROM pg_constraint"
        " WHERE contype = 'f'); END $$",
        f"error missing-{FK} public.t.fk_t_{'a' * 40}_{'a' * 9}_fb48"),
    "NULLS NOT DISTINCT": Model(
        t(a, lambda: sa.UniqueConstraint("a", name="u", postgresql_nulls_not_distinct=True)),
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        "error unique-mismatch public.t.u", server=15),
    "deferrable unique": Model(
        t(a, lambda: sa.UniqueConstraint("a", name="u", deferrable=True)),
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        "warning unique-mismatch public.t.u"),
    "unique with INCLUDE": Model(
        t(a, b, lambda: sa.UniqueConstraint("a", name="u", postgresql_include=["b"])),
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        "warning unique-mismatch public.t.u"),
    "exclusion": Model(
        t(lambda: a(pg.INT4RANGE), lambda: pg.ExcludeConstraint(("a", "&&"), name="e")),
        "ALTER TABLE t DROP CONSTRAINT e", "error missing-exclusion public.t.e"),
    "a check of columns": Model(
        lambda: made(_with_check), "ALTER TABLE t DROP CONSTRAINT c;"
        "ALTER TABLE t ADD CONSTRAINT c CHECK (length(a) > 3 AND b BETWEEN 1 AND 6)",
        "error check-mismatch public.t.c"),
    "names with capitals": Model(
        lambda: made(table(sa.Column("A b", sa.Integer, index=True), name="T x")),
        'DROP INDEX "ix_T x_A b"', "warning missing-index public.T x.ix_T x_A b"),
}  # fmt: skip


def _with_check(metadata: sa.MetaData) -> None:
    made_ = table(a(sa.Text), b())(metadata)
    rule = sa.and_(sa.func.length(made_.c.a) > 3, made_.c.b.between(1, 5))
    made_.append_constraint(sa.CheckConstraint(rule, name="c"))


MORE = {
    "generated": Model(
        t(lambda: a(sa.Text, sa.Computed("upper(b)", persisted=True)), lambda: b(sa.Text)),
        "ALTER TABLE t ALTER a DROP EXPRESSION", "error column-generated-mismatch public.t.a"),
    "virtual": Model(
        t(lambda: a(sa.Integer, sa.Computed("b * 2", persisted=False)), b),
        "ALTER TABLE t ALTER a SET EXPRESSION AS (b * 3)",
        "error column-generated-mismatch public.t.a", server=18),
    "identity": Model(
        lambda: made(table(key(sa.Integer, sa.Identity(always=True)), key=False)),
        "ALTER TABLE t ALTER id SET GENERATED BY DEFAULT",
        "warning column-identity-mismatch public.t.id"),
    "left to the server": Model(
        t(lambda: a(sa.Integer, server_default=sa.FetchedValue())),
        "ALTER TABLE t ALTER a TYPE bigint", W.format(Y)),
    "a comment with quotes": Model(
        t(lambda: a(comment="it's \"so\" \\ %s :x")), "COMMENT ON COLUMN t.a IS 'x'",
        "info comment-mismatch public.t.a"),
    "UNLOGGED": Model(t(prefixes=["UNLOGGED"]), "ALTER TABLE t SET LOGGED",
                      "warning table-mismatch public.t"),
    "storage": Model(
        t(postgresql_with={"autovacuum_enabled": False, "autovacuum_vacuum_scale_factor": 0.1}),
        "ALTER TABLE t SET (autovacuum_vacuum_scale_factor = 0.2)", "info table-mismatch public.t"),
    "partitioned": Model(
        t(lambda: sa.Column("a", sa.Integer, primary_key=True), b, key=False,
          postgresql_partition_by="RANGE (a)"), "ALTER TABLE t ALTER b SET NOT NULL",
        f"error {N} public.t.b"),
    "inherited": Model(
        lambda: made(table(a(), name="p"), table(b(), key=False, postgresql_inherits="p")),
        "ALTER TABLE t DROP b", "error missing-column public.t.b"),
    "a variant": Model(t(lambda: a(sa.JSON().with_variant(pg.JSONB(), "postgresql"))),
                       "ALTER TABLE t ALTER a TYPE json", f"error {Y} public.t.a"),
    "a decorated UUID": Model(t(lambda: a(Guid)), "ALTER TABLE t ALTER a TYPE text",
                              f"error {Y} public.t.a"),
    "a bit string": Model(t(lambda: a(pg.BIT(8))), "ALTER TABLE t ALTER a TYPE bit(9)",
                          f"error {Y} public.t.a"),
    "a negative scale": Model(t(lambda: a(Named("numeric(3,-2)"))),
                              "ALTER TABLE t ALTER a TYPE numeric(3,2)", f"error {Y} public.t.a",
                              server=15),
    "a collation": Model(t(lambda: a(sa.String(9, collation="C"))),
                         "ALTER TABLE t ALTER a TYPE varchar(9)",
                         W.format("column-collation-mismatch")),
    "a trigram index": Model(
        lambda: made(table(a(sa.Text), sa.Index("ix", "a", postgresql_using="gin",
                                                postgresql_ops={"a": "gin_trgm_ops"}))),
        "DROP INDEX ix; CREATE INDEX ix ON t (a)", "warning index-mismatch public.t.ix",
        before="CREATE EXTENSION pg_trgm"),
    "citext": Model(
        t(lambda: a(Named("citext"), server_default="x", unique=True)),
        "ALTER TABLE t ALTER a TYPE text", f"error {Y} public.t.a",
        before="CREATE EXTENSION citext"),
    "ltree": Model(t(lambda: a(Named("LTREE"))), "ALTER TABLE t ALTER a SET NOT NULL",
                   f"error {N} public.t.a", before="CREATE EXTENSION ltree"),
}  # fmt: skip

MODELS: dict[str, Case] = {}
for _kind, _models in {"default": DEFAULTS, "enum": ENUMS, "key": KEYS, "model": MORE}.items():
    for _name, _model in _models.items():
        _made = f"{_model.before}{CREATED}"
        MODELS[f"{_kind}, created: {_name}"] = Case(_model.items, _made, (), _model.server)
        MODELS[f"{_kind}, drifted: {_name}"] = Case(
            _model.items, f"{_made}{_model.drift}", (_model.finding,), _model.server
        )
