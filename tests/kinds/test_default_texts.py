"""Defaults that are written once, and those that only look alike."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.functions import Function, FunctionElement

from drift.kinds.metadata.declaration import Declaration


class OwnCall(FunctionElement):  # type: ignore[type-arg]  # SQLAlchemy 1.4 has none
    """A project's own call, which is written in another way each time."""

    inherit_cache = True
    name = "own"

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__()


@compiles(OwnCall)
def _own(element: OwnCall, _compiler: Any, **_: Any) -> str:
    return f"own_{element.word}()"


class OwnDefault(sa.FetchedValue):
    """A project's own default, which a trigger sets."""

    def __init__(self, arg: str) -> None:
        super().__init__()
        self.arg = arg


PAIRS: dict[str, tuple[Any, Any, list[str | None]]] = {
    "a string and SQL": ("1", sa.text("1"), ["'1'", "1"]),
    "a quote": ("it's", quoted_name("it's", None), ["'it''s'", "'it''s'"]),
    "SQL": (sa.text("now()"), sa.text("now()"), ["now()", "now()"]),
    "parameters": (
        sa.text("f(:n)").bindparams(n=1),
        sa.text("f(:n)").bindparams(n=2),
        ["f(1)", "f(2)"],
    ),
    "calls": (sa.func.now(), sa.func.current_date(), ["now()", "CURRENT_DATE"]),
    "calls with arguments": (sa.func.f(1), sa.func.f(2), ["f(1)", "f(2)"]),
    "calls in schemas": (sa.func.f(), sa.func.a.f(), ["f()", "a.f()"]),
    "quoted calls": (
        Function("f"),
        Function(quoted_name("f", True)),
        ["f()", '"f"()'],
    ),
    "keywords": (
        Function("user"),
        Function(quoted_name("user", None)),
        ["user()", '"user"()'],
    ),
    "a project's own default": (OwnDefault("1"), "1", [None, "'1'"]),
    "sequences": (
        sa.Sequence("s").next_value(),
        sa.Sequence("t").next_value(),
        ["nextval('s')", "nextval('t')"],
    ),
    "a project's call": (OwnCall("a"), OwnCall("b"), ["own_a()", "own_b()"]),
}


@pytest.mark.parametrize(("first", "second", "texts"), PAIRS.values(), ids=PAIRS)
def test_each_default_is_written_as_it_is(first: Any, second: Any, texts: list[str | None]) -> None:
    columns = [sa.Column("a", sa.Text, server_default=each) for each in (first, second, first)]
    metadata = sa.MetaData()
    for number, column in enumerate(columns):
        sa.Table(f"t{number}", metadata, column)
    declaration = Declaration([metadata], "public")
    assert [declaration.default(column) for column in columns] == [*texts, texts[0]]
