"""Questions about expressions stay within bounds: of size, of time, of memory; none hangs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
import sqlalchemy as sa

from drift.report.report import Check
from tests.servers import Database, create_all
from tests.system.checking import check


def table(*items: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *items)
    return metadata


def default(text: str, name: str = "d", type_: Any = sa.Text) -> Any:
    return sa.Column(name, type_, server_default=sa.text(text))


def messages(outcome: Check) -> list[str]:
    return [f"{f.severity} {f.message}" for f in outcome.findings]


def test_many_long_expressions_do_not_stop_each_other(database: Database) -> None:
    """Both sides send more than a socket holds, so that neither may wait for the other."""
    names = [f"d{number}" for number in range(40)]
    live, declared = ("a" * 50_000, "b" * 50_000)
    create_all(table(*(default(f"'{live}'", name) for name in names)), database.url)
    began = time.monotonic()
    outcome = check(database.url, table(*(default(f"'{declared}'", n) for n in names)))
    assert {f.rule for f in outcome.findings} == {"column-default-mismatch"}
    assert len(outcome.findings) == 40
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(("kind", "text"), [
    ("default", f"'{'a' * 220_000}'"),
    ("check", " OR ".join(f"id = {number}" for number in range(20_000))),
])  # fmt: skip
def test_what_is_too_long_to_ask_is_compared_as_text(
    database: Database, kind: str, text: str
) -> None:
    item = default if kind == "default" else lambda text: sa.CheckConstraint(text, name="ck")
    create_all(table(item(text)), database.url)
    began = time.monotonic()
    [message] = messages(check(database.url, table(item(text.replace("1", "2").replace("a", "b")))))
    assert message.startswith("warning ")
    assert "could not be compared: it is longer than 100,000 characters" in message
    assert time.monotonic() - began < 10


def test_parentheses_without_number_are_refused_by_the_server(database: Database) -> None:
    deep = f"{'(' * 20_000}id > 0{')' * 20_000}"
    create_all(table(sa.CheckConstraint("id > 1", name="ck")), database.url)
    began = time.monotonic()
    [finding] = check(database.url, table(sa.CheckConstraint(deep, name="ck"))).findings
    assert finding.rule == "check-mismatch"
    assert time.monotonic() - began < 20


GROWING = """
import resource, sys
import sqlalchemy as sa
from drift.check.target import check
from drift.config import Target
from drift.sources.models.loader import Models

metadata = sa.MetaData()
sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("d", sa.Text, server_default=sa.text(sys.stdin.read())),
    sa.Column("b", sa.Boolean, server_default=sa.text("'0'")))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcome = check(Target(name="t", database=sys.argv[1]), note=lambda _: None,
                    expected=Models("m", [metadata]))
for finding in outcome.findings:
    print(finding.message)
print("MiB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def compared(database: Database, text: str) -> list[str]:
    """Compare a default with the database in a process of its own; return what it prints."""
    command = [sys.executable, "-c", GROWING, database.url]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_what_grows_at_the_server_is_looked_at_within_bounds(database: Database) -> None:
    """One letter becomes six in the plan: 350 KiB of an expression that is not too long to ask."""
    text = f"'{chr(1) * 60_000}'"
    create_all(table(default(text), default("false", "b", sa.Boolean)), database.url)
    *lines, memory = compared(database, text.replace("'", "'a", 1))
    [line] = lines
    assert "(could not be compared: its result is larger than 256 KiB)" in line
    assert int(memory.split()[1]) < 100


def nested(call: str, levels: int) -> str:
    text = "'abcd'"
    for _ in range(levels):
        text = call.format(text)
    return text


@pytest.mark.parametrize("text", [
    "repeat('a', 100000000)", "lpad('', 100000000, 'a')", "rpad('x', 100000000)",
    "'x'::character(10000000)::text", "CAST('1'::bit(80000000) AS text)",
    "array_fill('a'::text, ARRAY[100000000])::text", "polygon(10000000, circle '<(0,0),1>')::text",
    nested("encode({}::bytea, 'hex')", 25), nested("quote_literal({})", 26),
    nested("replace({}, 'a', 'aaaaaaaaaa')", 8),
], ids=lambda text: text[:20])  # fmt: skip
def test_what_could_grow_is_not_worked_out(database: Database, text: str) -> None:
    create_all(table(default("'y'"), default("false", "b", sa.Boolean)), database.url)
    began = time.monotonic()
    *lines, memory = compared(database, text)
    [line] = lines
    assert line.startswith("column d: default: models")
    assert "(could not be compared: " in line
    assert int(memory.split()[1]) < 100
    assert time.monotonic() - began < 20


def test_what_takes_long_at_the_server_is_given_up(database: Database) -> None:
    """Each of 400 numbers is held against each, three times over."""
    numbers = f"'[{', '.join(['1'] * 400)}]'"
    path = "'$[*] ? (exists($[*] ? (exists($[*] ? (@ == 2)))))'"
    slow = f"jsonb_path_exists({numbers}, {path})::text"
    declared = (default(slow), default("'0'", "b", sa.Boolean))
    create_all(table(default("'7'"), default("false", "b", sa.Boolean)), database.url)
    began = time.monotonic()
    [message] = messages(check(database.url, table(*declared), statement_timeout=1))
    assert "could not be compared: " in message
    assert "statement timeout" in message or "took too long" in message
    assert time.monotonic() - began < 8


def test_functions_that_sleep_are_not_waited_for(database: Database) -> None:
    database.execute(
        "CREATE FUNCTION nap(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS"
        " $$ BEGIN PERFORM pg_sleep(30); RETURN t; END $$"
    )
    names = ("d", "e")
    create_all(table(*(default("nap('a')", name) for name in names)), database.url)
    began = time.monotonic()
    outcome = check(database.url, table(*(default("nap('b')", name) for name in names)))
    assert [f.rule for f in outcome.findings] == ["column-default-mismatch"] * 2
    assert time.monotonic() - began < 10


def test_a_timeout_of_the_roles_own_for_idle_sessions_does_not_count(database: Database) -> None:
    columns = [default(f"length(repeat('a', 9)) + {n}", f"d{n}", sa.Integer) for n in range(300)]
    create_all(table(*columns), database.url)
    others = [default(f"{n} + length(repeat('a', 9))", f"d{n}", sa.Integer) for n in range(300)]
    timeout = "idle_in_transaction_session_timeout = '1ms'"
    database.execute(f"ALTER DATABASE {database.name} SET {timeout}")
    assert check(database.url, table(*others), connect_timeout=1).in_sync
