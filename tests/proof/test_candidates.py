"""Candidates on servers that cannot tell a text that is no value of a type."""

from __future__ import annotations

import psycopg
import pytest

from drift.model import Schema
from drift.proof.candidates import IS_VALID, Candidates, Check, Group, grouped, mentioned
from drift.proof.values import Values

EMPTY = Schema(source="", name="", default_schema="public", objects={})


@pytest.mark.parametrize(("type_", "expression", "value"), [
    ("integer", "a IN (41, 43)", "43"),
    ("smallint", "a > 1000", "1001"),
    ("text", "a ~ 'x' AND a <> 'it''s'", "it's"),
    ("date", "a > '2030-01-01'", None),
    ("boolean", "a", "true"),
])  # fmt: skip
@pytest.mark.parametrize("version", [150000, 160000])
def test_candidates_can_be_read(
    admin: psycopg.Connection[tuple[str]],
    type_: str,
    expression: str,
    value: str | None,
    version: int,
) -> None:
    if admin.info.server_version < version:
        pytest.skip("the query is for newer servers")
    admin.execute(IS_VALID)
    candidates = Candidates(Values(EMPTY), {"a": type_}, frozenset({"a"}), server_version=version)
    group = Group(("a",), (Check(expression, frozenset({"a"})),))
    query = f"SELECT a::text FROM ({candidates.source('a', group)}) q"
    rows = [row for (row,) in admin.execute(query.encode()).fetchall()]
    assert None in rows
    assert value is None or value in rows


def test_columns_that_share_checks_are_one_group() -> None:
    checks = [Check("a < b", frozenset("ab")), Check("c > 0", frozenset("c")),
              Check("b < d", frozenset("bd")), Check("true", frozenset())]  # fmt: skip
    assert [group.columns for group in grouped(checks)] == [("c",), ("a", "b", "d")]


@pytest.mark.parametrize(("expression", "columns"), [
    ("a > 0", {"a"}),
    ("'a' = b", {"b"}),
    ('"Name" > 0 AND nam > 0', {"Name"}),
    ('"order" > 0', {"order"}),
    ("ab > 0", set()),
])  # fmt: skip
def test_mentioned(expression: str, columns: set[str]) -> None:
    assert mentioned(expression, ["a", "b", "Name", "order"]) == columns
