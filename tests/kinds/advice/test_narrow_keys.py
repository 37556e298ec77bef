"""Columns of foreign keys that hold fewer values than their target."""

from __future__ import annotations

from typing import Any

from tests.kinds.advice.advising import Case, parameters, verify


def _pair(own: str, target: str) -> str:
    return f"CREATE TABLE p (id {target} PRIMARY KEY); CREATE TABLE c (p {own} REFERENCES p (id))"


OWN = ("public.c.p",)
CASES = [
    Case("integer to bigint", _pair("integer", "bigint"), OWN),
    Case("integer to bigserial", _pair("integer", "bigserial"), OWN),
    Case("smallint to integer", _pair("smallint", "integer"), OWN),
    Case("a shorter text", _pair("varchar(10)", "varchar(20)"), OWN),
    Case("a text with a limit", _pair("varchar(10)", "text"), OWN),
    Case("a shorter character", _pair("char(2)", "char(3)"), OWN),
    Case("fewer digits", _pair("numeric(8,0)", "numeric(10,0)"), OWN),
    Case("fewer decimals", _pair("numeric(10,2)", "numeric(12,4)"), OWN),
    Case("one of two columns", "CREATE TABLE p (a bigint, b int, PRIMARY KEY (a, b));"
         "CREATE TABLE c (a int, b int, FOREIGN KEY (b, a) REFERENCES p (b, a))"
         .replace("(b, a) REFERENCES p (b, a)", "(a, b) REFERENCES p (a, b)"), ("public.c.a",)),
    Case("equal", _pair("bigint", "bigint")),
    Case("bigint to integer", _pair("bigint", "integer")),
    Case("integer to smallint", _pair("integer", "smallint")),
    Case("text to a limited one", _pair("text", "varchar(20)")),
    Case("equal lengths", _pair("varchar(20)", "varchar(20)")),
    Case("a longer text", _pair("varchar(30)", "varchar(20)")),
    Case("text to text without a limit", _pair("varchar", "text")),
    Case("more digits", _pair("numeric(12,0)", "numeric(10,0)")),
    Case("numeric to bigint", _pair("numeric(5,0)", "numeric(5,0)")),
    Case("uuid", _pair("uuid", "uuid")),
    Case("a domain", "CREATE DOMAIN short AS varchar(10);" + _pair("short", "varchar(20)")),
    Case("character to varchar", _pair("char(2)", "varchar(3)")),
]  # fmt: skip


@parameters(CASES)
def test_columns_that_are_narrower_than_their_target(case: Case, database: Any) -> None:
    verify(case, database, "narrow-key")
