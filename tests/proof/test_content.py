"""The comparison of rows before and after: what counts as lost or changed."""

from __future__ import annotations

from typing import Any

import pytest

from drift.proof.content import Rows, lost

T = ("app", "t")
TEXT = {"id": "integer", "a": "text", "b": "text"}


def rows(*values: tuple[str | None, ...], columns: Any = None, key: tuple[str, ...] = ("id",),
         **more: Any) -> Rows:  # fmt: skip
    return Rows(columns or TEXT, list(values), key, **more)


BEFORE = rows(("1", "x", None), ("2", None, "y"))
CASES: list[tuple[str, Rows, Rows | None, list[str]]] = [
    ("the same in another order", BEFORE, rows(("2", None, "y"), ("1", "x", None)), []),
    ("a NULL is filled", BEFORE, rows(("1", "x", "new"), ("2", "new", "y")), []),
    ("a value changed", BEFORE, rows(("1", "z", None), ("2", None, "y")),
     ["values of app.t changed: a"]),
    ("a value became NULL", BEFORE, rows(("1", "x", None), ("2", None, None)),
     ["values of app.t changed: b"]),
    ("a row lost", BEFORE, rows(("1", "x", None)), ["app.t had 2 rows, and has 1 now"]),
    ("a row added", BEFORE, rows(("1", "x", None), ("2", None, "y"), ("3", "", "")),
     ["app.t had 2 rows, and has 3 now"]),
    ("no table", BEFORE, None, ["app.t does not exist any more"]),
    ("a column dropped and added", BEFORE,
     rows(("1", "new"), ("2", "new"), columns={"id": "integer", "c": "text"}), []),
    ("another type", BEFORE,
     rows(("1", "7", None), ("2", "8", "y"),
          columns={"id": "integer", "a": "integer", "b": "text"}), []),
    ("generated now", BEFORE,
     rows(("1", "7", None), ("2", "8", "y"), generated=frozenset({"a"})), []),
    ("no key: a NULL is filled", BEFORE._replace(key=()),
     rows(("1", "x", "new"), ("2", "new", "y"), key=()), []),
    ("no key: a value changed", BEFORE._replace(key=()),
     rows(("1", "x", None), ("9", None, "y"), key=()), ["values of app.t changed: id"]),
    ("a label that is gone", rows(("1", "old", ""), labels={"a": ["old", "same"]}),
     rows(("1", "same", ""), labels={"a": ["same"]}), []),
    ("a label that stays", rows(("1", "same", ""), labels={"a": ["old", "same"]}),
     rows(("1", "new", ""), labels={"a": ["same", "new"]}), ["values of app.t changed: a"]),
    ("labels of an array", rows(("1", "{old}", ""), columns=TEXT | {"a": "app.mood[]"},
                                labels={"a": ["old"]}),
     rows(("1", "{new}", ""), columns=TEXT | {"a": "app.mood[]"}, labels={"a": ["new"]}), []),
    ("nothing in common", rows(("1",), columns={"a": "text"}),
     rows(("2",), columns={"b": "text"}), []),
    ("a quoted name", rows(("1", "2"), columns={"id": "integer", "A b": "text"}),
     rows(("1", "3"), columns={"id": "integer", "A b": "text"}),
     ['values of app.t changed: "A b"']),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "before", "after", "problems"), CASES, ids=[case[0] for case in CASES]
)
def test_lost(name: str, before: Rows, after: Rows | None, problems: list[str]) -> None:
    assert list(lost({T: before}, {} if after is None else {T: after}, ())) == problems, name


def test_a_table_that_the_plan_drops() -> None:
    assert list(lost({T: BEFORE}, {}, {T})) == []
