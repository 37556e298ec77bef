"""Each type becomes code, and the code becomes the type again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.base import PGDialect

from drift.sqlalchemy_code.style import ALEMBIC, Style
from drift.sqlalchemy_code.types import type_code
from tests.sqlalchemy_code.executing import BARE, SA, live_schema, value_of
from tests.versions import SQLALCHEMY

TYPES = {
    "smallint": "sa.SmallInteger()",
    "integer": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "boolean": "sa.Boolean()",
    "real": "sa.REAL()",
    "numeric": "sa.Numeric()",
    "numeric(10,2)": "sa.Numeric(10, 2)",
    "numeric(10,0)": "sa.Numeric(10, 0)",
    "text": "sa.Text()",
    "character varying": "sa.String()",
    "character varying(20)": "sa.String(20)",
    "character(3)": "sa.CHAR(3)",
    "bytea": "sa.LargeBinary()",
    "date": "sa.Date()",
    "time without time zone": "sa.Time()",
    "time with time zone": "sa.Time(timezone=True)",
    "time(3) with time zone": "postgresql.TIME(timezone=True, precision=3)",
    "timestamp without time zone": "sa.DateTime()",
    "timestamp with time zone": "sa.DateTime(timezone=True)",
    "timestamp(0) without time zone": "postgresql.TIMESTAMP(precision=0)",
    "timestamp(3) with time zone": "postgresql.TIMESTAMP(timezone=True, precision=3)",
    "interval": "sa.Interval()",
    "interval(3)": "postgresql.INTERVAL(precision=3)",
    "interval day to second(3)": ("postgresql.INTERVAL(fields='DAY TO SECOND', precision=3)"),
    "interval year": "postgresql.INTERVAL(fields='YEAR')",
    "json": "sa.JSON()",
    "jsonb": "postgresql.JSONB()",
    "bit(1)": "postgresql.BIT(1)",
    "bit varying": "postgresql.BIT(varying=True)",
    "bit varying(8)": "postgresql.BIT(8, varying=True)",
    "inet": "postgresql.INET()",
    "cidr": "postgresql.CIDR()",
    "macaddr": "postgresql.MACADDR()",
    "money": "postgresql.MONEY()",
    "oid": "postgresql.OID()",
    "regclass": "postgresql.REGCLASS()",
    "tsvector": "postgresql.TSVECTOR()",
    "int4range": "postgresql.INT4RANGE()",
    "int8range": "postgresql.INT8RANGE()",
    "numrange": "postgresql.NUMRANGE()",
    "daterange": "postgresql.DATERANGE()",
    "tsrange": "postgresql.TSRANGE()",
    "tstzrange": "postgresql.TSTZRANGE()",
    "integer[]": "postgresql.ARRAY(sa.Integer())",
    "numeric(10,2)[]": "postgresql.ARRAY(sa.Numeric(10, 2))",
}
NEWER = {
    "uuid": "sa.Uuid()",
    "double precision": "sa.Double()",
    "macaddr8": "postgresql.MACADDR8()",
    "regconfig": "postgresql.REGCONFIG()",
    "tsquery": "postgresql.TSQUERY()",
    "int4multirange": "postgresql.INT4MULTIRANGE()",
    "tstzmultirange": "postgresql.TSTZMULTIRANGE()",
    "uuid[]": "postgresql.ARRAY(sa.Uuid())",
}
OLDER = {
    "uuid": "postgresql.UUID(as_uuid=True)",
    "double precision": "postgresql.DOUBLE_PRECISION()",
    "macaddr8": None,
    "tsquery": None,
    "int4multirange": None,
    "int4multirange[]": None,
}
UNKNOWN = ["xml", "point", "name", "bpchar", '"char"', "public.geometry(Point,4326)", "void(3)"]
DIALECT = PGDialect()  # type: ignore[no-untyped-call]
ALL = TYPES | (NEWER if SQLALCHEMY >= (2,) else {})


def test_the_code_of_each_type() -> None:
    for text, code in (TYPES | NEWER).items():
        made = type_code(text)
        assert made is not None, text
        assert made.text == code
    assert [type_code(text) for text in UNKNOWN] == [None] * len(UNKNOWN)


def test_an_older_sqlalchemy_has_fewer_types() -> None:
    style = Style(version=(1, 4, 54))
    for text, code in OLDER.items():
        made = type_code(text, None, style)
        assert (made and made.text) == code


@pytest.mark.parametrize("style", [SA, BARE], ids=["prefixed", "bare"])
def test_each_type_survives(style: Style, database: Any) -> None:
    for text in ALL:
        code = type_code(text, None, style)
        assert code is not None
        ddl = value_of(code).compile(dialect=DIALECT)
        row = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'x'"
        assert database.fetch(f"DROP TABLE IF EXISTS t; CREATE TABLE t (x {ddl}); {row}") == [
            (text,)
        ], text


def test_types_of_the_database_itself(database: Any) -> None:
    database.execute(
        """CREATE SCHEMA app; CREATE TYPE app.hue AS ENUM ('red', 'it''s "it"'); CREATE TYPE mood
        AS ENUM ('ok'); CREATE DOMAIN word AS text COLLATE "C" DEFAULT 'x:y' NOT NULL
        CHECK (VALUE <> ':a') CHECK (VALUE <> 'b')"""
    )
    schema = live_schema(database.url, "app")
    made = {text: type_code(text, schema, ALEMBIC) for text in ("app.hue", "public.mood[]")}
    assert [code and code.text for code in made.values()] == [
        "postgresql.ENUM('red', 'it\\'s \"it\"', name='hue', schema='app', create_type=False)",
        "postgresql.ARRAY(postgresql.ENUM('ok', name='mood', create_type=False))",
    ]
    code = type_code("public.word", schema, ALEMBIC)
    assert code is not None
    assert code.text == (
        "postgresql.DOMAIN('word', sa.Text(), collation='C', default=sa.text(\"'x:y'::text\"), "
        "check=sa.text(\"(VALUE <> '\\\\:a'::text) AND (VALUE <> 'b'::text)\"), not_null=True, "
        "create_type=False)"
    )
    assert type_code("public.word", schema, Style(version=(1, 4))) is None
    assert type_code("public.other", schema) is None
    bare = type_code("mood", schema, BARE)
    assert bare is not None
    assert bare.text == 'Enum("ok", name="mood")'
    assert value_of(bare).enums == ["ok"]


def test_types_of_extensions_that_sqlalchemy_knows() -> None:
    texts = [code and code.text for code in map(type_code, ("public.citext", "public.hstore"))]
    assert texts == ["postgresql.CITEXT()", "postgresql.HSTORE()"]
    assert type_code("public.citext", None, Style(version=(2, 0, 0))) is None


def test_collations() -> None:
    code = type_code("character varying(20)[]", collation="de_DE")
    assert code is not None
    assert code.text == "postgresql.ARRAY(sa.String(20, collation='de_DE'))"
    assert type_code("text", collation="x", collation_schema="app") is None
    assert type_code("public.word", collation="x") is None


def test_names_that_mean_something_else_get_another_one() -> None:
    style = Style(core="", taken=frozenset({"Date"}), known={"sqlalchemy.Text": "Words"})
    code = type_code("date", None, style)
    assert code is not None
    assert (code.text, [each.statement for each in code.imports]) == (
        "SaDate()",
        ["from sqlalchemy import Date as SaDate"],
    )
    known = type_code("text", None, style)
    assert known is not None
    assert (known.text, known.imports) == ("Words()", frozenset())
