"""Long and hostile text takes time that grows with its length, not with the square of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from drift.compare.findings import changes, leaves
from drift.formats import FORMATS, Options, resolve
from drift.formats.escape import inert, visible, visible_json
from drift.formats.markdown_text import code, prose
from drift.kinds.check import Check, CheckKind
from drift.kinds.enum import Enum, EnumKind
from drift.kinds.index.key_parser import parse_key
from drift.kinds.metadata.names import generated_name
from drift.kinds.sql import types
from drift.kinds.sql.text import plain
from drift.kinds.sql_words import value_text
from drift.kinds.table.kind import TableKind
from drift.kinds.table.table import Table
from drift.model import Expression
from drift.texts import KEPT, SHOWN, clip, kept
from tests.report.examples import finding, report

MEGABYTE = 1_000_000
LONG = 400_000
PART, GROWTH, FLOOR = 4, 9, 0.15
"""A text four times as long takes less than nine times as long, where it takes seconds at all;
what grows with the square takes sixteen times as long."""

TEXTS: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "(" * (n // 2) + ")" * (n // 2),
    "parentheses with space": lambda n: "( " * (n // 4) + "x" + " )" * (n // 4),
    "opened only": lambda n: "(" * n,
    "words in parentheses": lambda n: "(a " * (n // 3),
    "quotes": lambda n: "'" * (n - 1),
    "double quotes": lambda n: '"' * (n - 1),
    "an open quote": lambda n: "'" + "x" * n,
    "both quotes": lambda n: "'\"" * (n // 2),
    "spaces": lambda n: "a" + " " * n + "!",
    "spaces before an order": lambda n: "a" + " " * n + "DESC NULLS",
    "collations": lambda n: " COLLATE" * (n // 8),
    "operator classes": lambda n: "a " + "_ops" * (n // 4) + "!",
    "dots": lambda n: "a." * (n // 2),
    "dots and quotes": lambda n: '"a".' * (n // 4),
    "time zones": lambda n: " with time zone" * (n // 15),
    "arrays": lambda n: "a" + "[]" * (n // 2) + "!",
    "line breaks": lambda n: "a\n" * (n // 2),
    "commands": lambda n: "::" * (n // 2),
    "control characters": lambda n: "\x1b" * n,
    "backticks": lambda n: "`|" * (n // 2),
    "links": lambda n: "](" * (n // 2),
    "no space": lambda n: "x" * n,
    "wide characters": lambda n: "漢" * (n // 3),
}


def seconds(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def asked(expression: Expression) -> str:
    return expression.text


def of_a_table(key: str) -> Any:
    table = Table(schema="s", name="t", relation="partitioned table", partition_key=key)
    return TableKind().comparable(table, asked)


FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "plain": plain,
    "parse_key": lambda text: parse_key(text, {"a"}),
    "kin of a check": lambda text: CheckKind().rename_key(Check(schema="s", expression=text)),
    "partition key": of_a_table,
    "spelling": types.spelling,
    "split": types.split,
    "qualified": types.qualified,
    "bare": types.bare,
    "family": types.family,
    "generated_name": lambda text: generated_name("t", [text], "key"),
    "visible": visible,
    "visible_json": visible_json,
    "inert": inert,
    "code": lambda text: code(text, in_table=True),
    "prose": prose,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_time_for_hostile_text_grows_with_its_length(
    function: Callable[[str], Any], text: Callable[[int], str]
) -> None:
    part, whole = text(LONG // PART), text(LONG)
    assert seconds(lambda: function(whole)) < GROWTH * seconds(lambda: function(part)) + FLOOR


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("format_", FORMATS)
def test_a_megabyte_in_a_finding_is_cut_in_every_format(
    format_: str, text: Callable[[int], str]
) -> None:
    long = text(MEGABYTE)
    found = changes({"expression": long}, {"expression": "x"})
    one = finding(message=clip(long), detail=clip(long), changes=kept(found))
    shown = resolve(format_)(report(one), Options(verbose=True))
    assert len(shown) < 20 * KEPT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("((a))", "a"),
        (" ( ( a ) ) ", "a"),
        ("(a) AND (b)", "(a) AND (b)"),
        ("(a = ')')", "a = ')'"),
        ("(a = '(')", "a = '('"),
        ("('it''s (')", "'it''s ('"),
        ('("a)")', '"a)"'),
        ("((a)", "((a)"),
        ("(a))", "(a))"),
        ("()", ""),
        ("", ""),
        ("(" * 20_000 + "a" + ")" * 20_000, "a"),
    ],
)
def test_only_parentheses_around_all_of_it_are_taken_away(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("a", "b", "c"), ("a", "c"), {"labels": (("a", "b", "c"), ("a", "c"))}),
        (("a",) * 3, ("a",) * 3, {}),
        ("a", "b", {"labels": ("a", "b")}),
        (None, ("a",), {"labels": (None, ("a",))}),
        ({"x": 1, "y": 2}, {"x": 1, "y": 3}, {"labels.y": (2, 3)}),
        ({"x": 1}, {"x": 1, "y": 3}, {"labels.y": (None, 3)}),
        (None, {"x": 1}, {"labels": (None, {"x": 1})}),
        ([{"x": 1}], [{"x": 2}], {"labels": ([{"x": 1}], [{"x": 2}])}),
    ],
)
def test_what_differs_is_told_by_attribute(one: Any, other: Any, expected: Any) -> None:
    assert changes({"labels": one}, {"labels": other}) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "b", [("a", "b")]),
        (("a", "f(x)"), ("b", "f(x)"), [("a", "b")]),
        (({"column": "a", "expression": "f(x)"},), ({"column": "a", "expression": "g(x)"},),
         [("f(x)", "g(x)")]),
        (("a",), None, [(("a",), None)]),
    ],
)  # fmt: skip
def test_the_parts_of_a_list_that_differ_are_told_apart(
    one: Any, other: Any, expected: Any
) -> None:
    assert list(leaves(one, other)) == expected


def test_long_lists_are_told_as_a_whole() -> None:
    labels = [tuple(f"{side}{number}" for number in range(10_000)) for side in "ab"]
    mine, theirs = (Enum(schema="s", name="e", labels=some) for some in labels)
    kind = EnumKind()
    began = time.process_time()
    found = changes(kind.comparable(mine, asked), kind.comparable(theirs, asked))
    assert time.process_time() - began < 1
    assert found == {"labels": tuple(labels)}


def test_a_text_that_is_cut_says_how_long_it_is() -> None:
    text = "x" * 10_485_760
    assert clip(text) == "x" * SHOWN + "… (10,485,760 characters)"
    assert clip("x" * SHOWN) == "x" * SHOWN
    assert kept({"comment": [text, 1]}) == {
        "comment": ["x" * KEPT + "… (10,485,760 characters)", 1]
    }
    assert value_text("x", list(range(3))) == "(0, 1, 2)"
    assert value_text("x", list(range(10_000))).endswith("48, 49, … 10,000 in all)")
