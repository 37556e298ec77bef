"""Type names come to PostgreSQL's own spelling, and what is not certain stays as it is."""

from __future__ import annotations

import pytest

from drift.kinds.index.key import IndexKey
from drift.kinds.index.key_parser import parse_key
from drift.kinds.metadata.names import generated_name
from drift.kinds.sql.text import plain
from drift.kinds.sql.type_families import refused
from drift.kinds.sql.types import bare, spelling, split
from drift.kinds.type_impact import severity_of_type


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("VARCHAR", "character varying"),
        ("VARCHAR(255)", "character varying(255)"),
        ("CHAR", "character(1)"),
        ("DECIMAL(10, 2)", "numeric(10,2)"),
        ("NUMERIC(10)", "numeric(10,0)"),
        ("FLOAT", "double precision"),
        ("FLOAT(24)", "real"),
        ("FLOAT(25)", "double precision"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "timestamp(3) without time zone"),
        ("TIMESTAMP", "timestamp without time zone"),
        ("TIMETZ", "time with time zone"),
        ("INTERVAL YEAR TO MONTH", "interval year to month"),
        ("INTERVAL(3)", "interval(3)"),
        ("BIT", "bit(1)"),
        ("BIT VARYING(5)", "bit varying(5)"),
        ("INTEGER[]", "integer[]"),
        ("VARCHAR(5)[][]", "character varying(5)[]"),
        ("vector(3)", "vector(3)"),
        ("geometry(POINT, 4326)", "geometry(POINT,4326)"),
        ('"Mood"', '"Mood"'),
        ('App."Mood"[]', 'app."Mood"[]'),
        ('"lower"', "lower"),
        ('"a.b"', '"a.b"'),
        ("not a type (((", "not a type ((("),
    ],
)
def test_spelling(declared: str, expected: str) -> None:
    assert spelling(declared) == expected
    assert spelling(expected) == expected


def test_names_are_split_at_dots_outside_quotes() -> None:
    assert split('a."B.""c"') == ("a", 'B."c')
    assert split("x y") == ("x y",)
    assert bare('public."Mood"[]') == '"Mood"[]'
    assert bare("mood") == "mood"


@pytest.mark.parametrize(
    ("declared", "live", "severity"),
    [
        ("character varying(36)", "character varying", "warning"),
        ("character varying(36)", "character varying(40)", "warning"),
        ("character varying(36)", "character varying(30)", "error"),
        ("character varying", "character varying(30)", "error"),
        ("integer", "bigint", "warning"),
        ("bigint", "integer", "error"),
        ("numeric(10,2)", "numeric(12,2)", "warning"),
        ("numeric(10,2)", "numeric(12,6)", "error"),
        ("uuid", "character varying", "error"),
        ("integer", "integer[]", "error"),
        ("timestamp with time zone", "timestamp without time zone", "error"),
    ],
)
def test_a_wider_type_is_a_warning(declared: str, live: str, severity: str) -> None:
    assert severity_of_type(declared, live) == severity


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("uuid", "character varying", True),
        ("integer", "character varying(5)", True),
        ("integer", "bigint", False),
        ("character varying(5)", "text", False),
        ("integer", "integer[]", True),
        ("public.mood", "text", False),
        ("public.mood", "public.hue", False),
        ("uuid", "uuid", False),
    ],
)
def test_only_types_that_are_sure_to_be_refused_count(
    first: str, second: str, verdict: bool
) -> None:
    assert refused(first, second) is verdict
    assert refused(second, first) is verdict


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("name", IndexKey(column="name")),
        ('"name" DESC', IndexKey(column="name", descending=True, nulls_first=True)),
        ("name DESC NULLS LAST", IndexKey(column="name", descending=True)),
        ("name ASC NULLS FIRST", IndexKey(column="name", nulls_first=True)),
        ("name text_pattern_ops", IndexKey(column="name", opclass="text_pattern_ops")),
        ('(name COLLATE "C")', IndexKey(column="name", collation="C")),
        ("lower(name)", IndexKey(expression="lower(name)")),
        ("(a || b)", IndexKey(expression="a || b")),
    ],
)
def test_index_keys_are_taken_apart(text: str, key: IndexKey) -> None:
    assert parse_key(text, {"name", "a", "b"}) == key


def test_a_key_is_printed_as_sql() -> None:
    assert parse_key("name DESC", {"name"}).text == "name DESC"
    assert parse_key("name DESC NULLS LAST", {"name"}).text == "name DESC NULLS LAST"
    assert parse_key("name NULLS FIRST", {"name"}).text == "name NULLS FIRST"


def test_generated_names_are_shortened_as_postgresql_does() -> None:
    assert generated_name("t", ("a", "b"), "key") == "t_a_b_key"
    assert generated_name("t", (), "pkey") == "t_pkey"
    long = generated_name("t" * 60, ("c" * 60,), "fkey")
    assert long == f"{'t' * 29}_{'c' * 28}_fkey"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("((a))", "a"), ("(a) + (b)", "(a) + (b)"), ("(')')", "')'"), (" a ", "a"), ("(a", "(a")],
)
def test_parentheses_around_everything_are_taken_off(text: str, expected: str) -> None:
    assert plain(text) == expected
