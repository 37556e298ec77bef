"""One object that SQLAlchemy cannot write for PostgreSQL ends no check: all else is compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import expression
from sqlalchemy.types import NullType, TypeDecorator, UserDefinedType

from drift.formats import FORMATS, Options, resolve
from drift.report.report import Report
from tests.servers import Database
from tests.system.checking import brief, check
from tests.versions import ddl_if

LONG = "a" * 70
BIGGER = "warning column-type-mismatch public.t.b"
"""The live column `b` is a bigint in every case, and declared as an integer."""
LIVE = "CREATE TABLE t (id serial PRIMARY KEY, b bigint, {})"


class Decorated(TypeDecorator[Any]):
    impl = NullType
    cache_ok = True


class Raising(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        raise ValueError("its own reason")


class RaisingWhenAsked(Raising):
    """A type like a container that must be filled first."""

    @property
    def item_type(self) -> Any:
        raise ValueError("its own reason")


class RaisingWhenAdapted(TypeDecorator[Any]):
    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        raise RuntimeError("its own reason")


class raising(expression.FunctionElement[Any]):  # noqa: N801 — a SQL function's name
    type = sa.Integer()
    inherit_cache = True
    name = "raising"


@compiles(raising)
def _raising(element: Any, compiler: Any, **_: Any) -> str:
    raise KeyError("its own reason")


def impossible(name: str) -> tuple[str, str]:
    return f"error impossible-declaration public.t.{name}", BIGGER


def declared(*items: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    columns = sa.Column("id", sa.Integer, primary_key=True), sa.Column("b", sa.Integer)
    sa.Table("t", metadata, *columns, *items)
    return metadata


def column(type_: Any, **options: Any) -> Callable[[], sa.MetaData]:
    return lambda: declared(sa.Column("a", type_, **options))


def with_index(**options: Any) -> Callable[[], sa.MetaData]:
    return lambda: declared(sa.Column("a", sa.Integer), sa.Index("ix", "a", **options))


def key_of_mysql() -> sa.MetaData:
    metadata = sa.MetaData()
    columns = (
        sa.Column("a", mysql.TINYINT, primary_key=True, autoincrement=False),
        sa.Column("b", sa.Integer),
    )
    sa.Table("t", metadata, *columns)
    return metadata


def pointed_at() -> sa.MetaData:
    return declared(sa.Column("a", NullType, sa.ForeignKey("elsewhere.id", name="fk")))


CASES: dict[str, tuple[Callable[[], sa.MetaData], str, tuple[str, ...]]] = {
    "a type that is left open": (column(NullType), "a point", (BIGGER,)),
    "an array of one": (column(pg.ARRAY(NullType)), "a point[]", (BIGGER,)),
    "a decorated one": (column(Decorated), "a point", (BIGGER,)),
    "a collated one": (column(NullType), 'a text COLLATE "C"', (BIGGER,)),
    "one that must not be NULL": (
        column(NullType, nullable=False), "a point",
        (BIGGER, "warning column-nullability-mismatch public.t.a"),
    ),
    "one with a default": (
        column(NullType, server_default="x"), "a text DEFAULT 'y'",
        (BIGGER, "warning column-default-mismatch public.t.a"),
    ),
    "one that is missing": (
        column(NullType), "c int",
        (BIGGER, "error missing-column public.t.a", "warning extra-column public.t.c"),
    ),
    "a foreign key of one": (
        pointed_at, "a int; CREATE TABLE elsewhere (id int PRIMARY KEY);"
        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES elsewhere",
        (BIGGER, "warning extra-table public.elsewhere"),
    ),
    "a type of another database": (column(mysql.LONGTEXT), "a text", impossible("a")),
    "an array of one of another": (column(pg.ARRAY(mysql.LONGTEXT)), "a text[]", impossible("a")),
    "a missing column of such": (
        column(mysql.LONGTEXT), "c int",
        (*impossible("a"), "warning extra-column public.t.c"),
    ),
    "an enum without a name": (column(sa.Enum("x", "y")), "a varchar(1)", impossible("a")),
    "a default without SQL": (
        column(sa.Integer, server_default=sa.func.f(sa.literal(object(), NullType()))),
        "a int", impossible("a"),
    ),
    "a check without SQL": (
        lambda: declared(sa.CheckConstraint(sa.literal(object(), NullType()) == 1, name="ck")),
        "CONSTRAINT ck CHECK (b > 0)", impossible("ck"),
    ),
    "a check with a long name": (
        lambda: declared(sa.CheckConstraint("b > 0", name=LONG)),
        f"CONSTRAINT {LONG[:63]} CHECK (b > 0)", impossible(LONG[:63]),
    ),
    "a missing one with a long name": (
        lambda: declared(sa.UniqueConstraint("b", name=LONG)), "c int",
        (*impossible(LONG[:63]), "warning extra-column public.t.c"),
    ),
    "a predicate with a column of no table": (
        with_index(postgresql_where=sa.Column(type_=sa.Integer) > 0),
        "a int; CREATE INDEX ix ON t (a)", impossible("ix"),
    ),
    "a predicate with a mixin's column": (
        with_index(postgresql_where=sa.Column("b", sa.Integer) > 0),
        "a int; CREATE INDEX ix ON t (a) WHERE b > 0", (BIGGER,),
    ),
    "a type that raises": (column(Raising), "a text", impossible("a")),
    "an array of one that raises": (column(pg.ARRAY(Raising)), "a text[]", impossible("a")),
    "a type with a property that raises": (column(RaisingWhenAsked), "a text", impossible("a")),
    "a decorator that raises": (column(RaisingWhenAdapted), "a text", impossible("a")),
    "an array of a raising decorator": (
        column(pg.ARRAY(RaisingWhenAdapted)), "a text[]", impossible("a"),
    ),
    "a default that raises": (column(sa.Integer, server_default=raising()), "a int",
                              impossible("a")),
    "a generated column that raises": (
        lambda: declared(sa.Column("a", sa.Integer, sa.Computed(raising()))), "a int",
        impossible("a"),
    ),
    "a check that raises": (
        lambda: declared(sa.CheckConstraint(raising() > 1, name="ck")),
        "CONSTRAINT ck CHECK (b > 0)", impossible("ck"),
    ),
    "a check without a name that raises": (
        lambda: declared(sa.CheckConstraint(raising() > 1)), "CHECK (b > 0)", impossible(""),
    ),
    "and another one that is extra": (
        lambda: declared(sa.CheckConstraint(raising() > 1)), "CONSTRAINT own CHECK (b > 0)",
        (*impossible(""), "warning extra-check public.t.own"),
    ),
    "a key that raises": (
        lambda: declared(sa.Index("ix", raising())), "c int; CREATE INDEX ix ON t (c)",
        (*impossible("ix"), "warning extra-column public.t.c"),
    ),
    "a predicate that raises": (
        with_index(postgresql_where=raising() > 1), "a int; CREATE INDEX ix ON t (a)",
        impossible("ix"),
    ),
    "an exclusion that raises": (
        lambda: declared(pg.ExcludeConstraint(("b", "="), name="ex", where=raising() > 1)),
        "EXCLUDE USING btree (b WITH =)", (*impossible("ex"), "warning extra-exclusion "
                                           "public.t.t_b_excl"),
    ),
    "a comment that is not text": (
        column(sa.Integer, comment=5), "a int; COMMENT ON COLUMN t.a IS '5'", (BIGGER,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_all_else_is_compared(database: Database, name: str) -> None:
    metadata, live, expected = CASES[name]
    first, _, rest = live.partition(";")
    database.execute(f"{LIVE.format(first)};{rest}")
    outcome = check(database.url, metadata())
    assert brief(outcome.findings) == sorted(expected)
    for format_ in FORMATS:
        assert resolve(format_)(Report(checks=(outcome,)), Options())


def test_a_key_of_another_database(database: Database) -> None:
    database.execute("CREATE TABLE t (a smallint PRIMARY KEY, b bigint)")
    assert brief(check(database.url, key_of_mysql()).findings) == sorted(impossible("a"))


def test_a_view_is_not_created_by_its_model(database: Database) -> None:
    database.execute("CREATE VIEW t AS SELECT 1 AS id, 2 AS b, 'x'::text AS a")
    findings = brief(check(database.url, declared(sa.Column("a", mysql.LONGTEXT))).findings)
    assert findings == ["error table-mismatch public.t"]


def test_their_messages_say_what_to_change(database: Database) -> None:
    database.execute(LIVE.format("a text, c text, d text"))
    outcome = check(
        database.url,
        declared(
            sa.Column("a", mysql.LONGTEXT),
            sa.Column("c", sa.Enum("x")),
            sa.Column("d", NullType),
            sa.CheckConstraint("b > 0", name=LONG),
        ),
    )
    text = "\n".join(finding.message for finding in outcome.findings)
    assert "column a cannot be created: SQLAlchemy cannot write its type LONGTEXT" in text
    assert "type Enum for PostgreSQL; give the Enum a name, or set native_enum=False" in text
    assert "cannot be created: SQLAlchemy refuses its name of 70 characters" in text
    assert outcome.notes[0] == "not compared: the models leave the type open of public.t.d"


def conditional(ask: Callable[..., bool]) -> sa.MetaData:
    metadata = declared(sa.Column("a", sa.Integer))
    index: Any = sa.Index("ix", metadata.tables["t"].c.a)
    index.ddl_if(callable_=ask)
    return metadata


@ddl_if
@pytest.mark.parametrize(
    ("ask", "missing", "extra", "other"),
    [
        (lambda bind: bind.dialect.name == "postgresql", "missing", None, "mismatch"),
        (lambda bind: bind.engine.name == "postgresql", "missing", None, "mismatch"),
        (lambda bind: bind.dialect.name == "sqlite", None, "extra", "extra"),
        (lambda bind: bind.scalar(sa.text("SELECT 1")) == 1, None, None, "mismatch"),
    ],
)
def test_a_condition_that_asks_the_connection(
    database: Database,
    ask: Callable[[Any], bool],
    missing: str | None,
    extra: str | None,
    other: str | None,
) -> None:
    metadata = conditional(lambda ddl, target, bind, **_: ask(bind))
    rules = {"missing": "missing-index", "extra": "extra-index", "mismatch": "index-mismatch"}
    database.execute(LIVE.format("a int"))
    for expected, change in (
        (missing, "CREATE INDEX ix ON t (a)"),
        (extra, "DROP INDEX ix; CREATE INDEX ix ON t (b)"),
        (other, ""),
    ):
        findings = brief(check(database.url, metadata).findings)
        assert findings == [
            BIGGER,
            *([f"warning {rules[expected]} public.t.ix"] if expected else []),
        ]
        database.execute(change)
