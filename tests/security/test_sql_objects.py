"""A definition of a live database runs no code on the scratch server, and is no other SQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drift.kinds.function import Function, FunctionKind
from drift.scratch import Scratch
from drift.sources.sql_objects.base import Base

TABLES = ("CREATE SCHEMA IF NOT EXISTS app",), ("CREATE TABLE app.t (id int)",)


@pytest.fixture(scope="module")
def base() -> Iterator[Base]:
    with Scratch() as scratch:
        yield Base(scratch, TABLES, ["app", "public"], 60)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("CREATE VIEW app.v AS SELECT 1 AS a; DROP TABLE app.t", "cannot insert multiple commands"),
        ("CREATE VIEW app.v AS SELECT 1 AS a); COPY app.t TO PROGRAM 'true", "syntax error"),
        ("COPY app.t TO PROGRAM 'true'", "permission denied to COPY to or from an external"),
        ("CREATE FUNCTION app.f() RETURNS int LANGUAGE c AS 'x', 'y'", "permission denied for"),
        ("CREATE FUNCTION app.f() RETURNS int LANGUAGE internal AS 'pi'", "permission denied for"),
        ("CREATE ROLE other", "permission denied to create role"),
    ],
)
def test_a_forged_definition_is_refused(base: Base, statement: str, problem: str) -> None:
    copy = base.with_live((), {"forged": (statement,)}, {}, ("view", "function"))
    assert problem in copy.failed["forged"]
    assert not any(copy.objects.values())


def test_definitions_are_created_beside_the_tables(base: Base) -> None:
    statements = {
        "view": ("CREATE VIEW app.v AS SELECT id FROM t",),
        "function": ("CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS ''",),
        "trigger": ("CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",),
    }
    copy = base.with_live((), statements, {}, statements.keys())
    assert not copy.failed
    assert all(len(items) == 1 for items in copy.objects.values())


@pytest.mark.parametrize("language", ["c", "internal"])
def test_native_functions_are_not_created(language: str) -> None:
    statement = f"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE {language} AS 'x'"
    item = Function(schema="public", name="f()", statement=statement, language=language)
    assert not FunctionKind().can_be_copied(item)
