"""Values of both sides in messages: in SQL's words, lists as a whole, labels by side."""

from __future__ import annotations

from typing import Any

import pytest

from drift.kinds.sql_words import clauses, identity_text, key_text, label, value_text

KEY = {"column": "a", "expression": None, "descending": False, "nulls_first": False}
IDENTITY = {
    "always": True, "start": 1, "increment": 1, "minimum": 1, "maximum": 2**31 - 1,
    "cycle": False, "cache": 1,
}  # fmt: skip
LONG = [f"column_{number}" for number in range(60)]


@pytest.mark.parametrize(("attribute", "value", "expected"), [
    ("type", "text", "text"),
    ("default", None, "none"),
    ("include", [], "none"),
    ("storage.fillfactor", "70", "70"),
    ("unique", True, "UNIQUE"),
    ("unique", False, "not unique"),
    ("nullable", False, "NOT NULL"),
    ("nulls_not_distinct", True, "NULLS NOT DISTINCT"),
    ("deferrable", False, "NOT DEFERRABLE"),
    ("initially_deferred", True, "INITIALLY DEFERRED"),
    ("no_inherit", True, "NO INHERIT"),
    ("enforced", False, "NOT ENFORCED"),
    ("validated", False, "NOT VALID"),
    ("unlogged", True, "UNLOGGED"),
    ("stored", False, "VIRTUAL"),
    ("cycle", True, "CYCLE"),
    ("identity.cycle", False, "NO CYCLE"),
    ("identity.always", True, "GENERATED ALWAYS"),
    ("anything", True, "yes"),
    ("anything", False, "no"),
    ("start", 5, "5"),
    ("comment", "it's", "'it''s'"),
    ("columns", ["a", "Of B", "order"], '(a, "Of B", "order")'),
    ("operators", ["&&", "="], "(&&, =)"),
    ("labels", ["a", "b, c"], "('a', 'b, c')"),
    ("checks", ["(VALUE > 0)"], "((VALUE > 0))"),
    ("parameters", {"siglen": 32}, "siglen=32"),
    ("storage", [["fillfactor", "70"]], "(fillfactor=70)"),
    ("keys", [KEY, KEY | {"column": "b", "descending": True, "nulls_first": True}], "(a, b DESC)"),
    ("identity", IDENTITY, "GENERATED ALWAYS AS IDENTITY"),
])  # fmt: skip
def test_a_value_is_written_as_sql_has_it(attribute: str, value: Any, expected: str) -> None:
    assert value_text(attribute, value) == expected


@pytest.mark.parametrize(("changes", "expected"), [
    ({"column": "order"}, '"order"'),
    ({"expression": "lower(a)"}, "lower(a)"),
    ({"expression": "((a || b))"}, "(a || b)"),
    ({"expression": "s.f(a)"}, "s.f(a)"),
    ({"opclass": "text_pattern_ops"}, "a text_pattern_ops"),
    ({"collation": "C"}, 'a COLLATE "C"'),
    ({"descending": True}, "a DESC NULLS LAST"),
    ({"nulls_first": True}, "a NULLS FIRST"),
    ({"opclass": "gist_ops", "parameters": {"siglen": 9}}, "a gist_ops(siglen=9)"),
    ({"opclass": "o", "collation": "C", "descending": True, "nulls_first": True},
     'a COLLATE "C" o DESC'),
])  # fmt: skip
def test_a_key_is_as_sql_has_it(changes: Any, expected: str) -> None:
    column = None if "expression" in changes else "a"
    assert key_text(KEY | {"column": column} | changes) == expected


@pytest.mark.parametrize(("changes", "options"), [
    ({"start": 5}, " (START 5)"),
    ({"always": False, "increment": 2, "maximum": 999, "cycle": True},
     " (INCREMENT 2 MAXVALUE 999 CYCLE)"),
    ({"minimum": 3, "start": 3}, " (MINVALUE 3)"),
    ({"increment": -1, "minimum": -(2**31), "maximum": -1, "start": -1}, " (INCREMENT -1)"),
    ({"maximum": 2**63 - 1, "cache": 20}, " (CACHE 20)"),
    (dict.fromkeys(("start", "increment", "minimum", "maximum", "cycle", "cache")), ""),
])  # fmt: skip
def test_an_identity_has_the_options_that_differ_from_postgresqls(
    changes: Any, options: str
) -> None:
    kind = "BY DEFAULT" if changes.get("always") is False else "ALWAYS"
    assert identity_text(IDENTITY | changes) == f"GENERATED {kind} AS IDENTITY{options}"


@pytest.mark.parametrize(("attribute", "models", "database", "expected"), [
    ("type", "text", "uuid", ["type: models text, database uuid"]),
    ("nullable", True, False, ["nullability: models NULL, database NOT NULL"]),
    ("columns", ["a", "b"], ["a"], ["columns: models (a, b), database (a)"]),
    ("delete_columns", [], ["x"], ["delete columns: models none, database (x)"]),
    ("labels", ["a", "b", "c"], ["a", "c", "b", "z"],
     ["labels only in the database: 'z'",
      "order of labels: models ('a', 'b', 'c'), database ('a', 'c', 'b')"]),
    ("labels", ["a", "b"], ["a"], ["labels only in the models: 'b'"]),
    ("labels", ["a"], ["a", "b"], ["labels only in the database: 'b'"]),
    ("labels", ["a", "b"], ["c"],
     ["labels only in the models: 'a', 'b'", "labels only in the database: 'c'"]),
    ("columns", LONG, LONG[1:], ["columns only in the models: column_0"]),
    ("labels", LONG, LONG[::-1],
     [f"order of labels: models ({', '.join(f'{chr(39)}{name}{chr(39)}' for name in LONG[:50])}, "
      "… 60 in all), database "
      f"({', '.join(f'{chr(39)}{name}{chr(39)}' for name in LONG[:9:-1])}, … 60 in all)"]),
])  # fmt: skip
def test_a_message_has_the_values_of_both_sides(
    attribute: str, models: Any, database: Any, expected: list[str]
) -> None:
    assert list(clauses(attribute, models, database)) == expected


@pytest.mark.parametrize("value", [
    {"always": "x"}, {"always": True, "increment": "x", "start": [1]},
    {"column": [], "expression": 5},
    {"column": None, "expression": None, "parameters": 5}, [[1, 2, 3]], [None, True], 1.5,
])  # fmt: skip
def test_any_value_of_a_report_has_a_text(value: Any) -> None:
    assert value_text("x", value)
    assert list(clauses("x", value, None))


def test_a_shortened_text_says_how_long_the_whole_is() -> None:
    assert value_text("columns", LONG).endswith("column_49, … 60 in all)")
    assert value_text("default", "x" * 5_000).endswith("… (5,000 characters)")
    assert label("storage.fillfactor") == "storage fillfactor"
