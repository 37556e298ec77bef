"""A definition of a live database runs no code on the scratch server, and is no other SQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drift.kinds.function import Function, FunctionKind
from drift.kinds.grant.kind import Grant, GrantKind
from drift.kinds.policy import Policy, PolicyKind
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
        ("CREATE POLICY p ON app.t USING (true); DROP TABLE app.t", "cannot insert multiple"),
        ("CREATE POLICY p ON app.t USING (true)) TO (x", "syntax error"),
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
        "policy": ("CREATE POLICY p ON t USING (id > 0)",),
    }
    copy = base.with_live((), statements, {}, statements.keys())
    assert not copy.failed
    assert all(len(items) == 1 for items in copy.objects.values())


@pytest.mark.parametrize("language", ["c", "internal"])
def test_native_functions_are_not_created(language: str) -> None:
    statement = f"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE {language} AS 'x'"
    item = Function(schema="public", name="f()", statement=statement, language=language)
    assert not FunctionKind().can_be_copied(item)


NAME = 'a"; DROP TABLE t; --'


def test_names_of_a_database_are_quoted_in_statements() -> None:
    policy = Policy(schema=NAME, table=NAME, name=NAME, roles=(NAME,), using="true")
    grant = Grant(schema=NAME, table=NAME, name=NAME, entries=(("SELECT", NAME, False),))
    quoted = '"a""; DROP TABLE t; --"'
    assert PolicyKind().repair(policy, None) == (
        f"CREATE POLICY {quoted} ON {quoted}.{quoted} FOR ALL TO {quoted} USING (true)"
    )
    assert PolicyKind().removal(policy) == f"DROP POLICY {quoted} ON {quoted}.{quoted}"
    assert GrantKind().repair(grant, None) == (
        f"GRANT SELECT ({quoted}) ON {quoted}.{quoted} TO {quoted}"
    )
    assert GrantKind().removal(grant) == f"REVOKE ALL ON {quoted}.{quoted} FROM {quoted}"


def test_a_policy_that_was_not_printed_is_not_created() -> None:
    assert not PolicyKind().can_be_copied(Policy(schema="a", name="p", using="(not printed)"))
    assert not PolicyKind().can_be_copied(Policy(schema="a", name="p", using=None))
