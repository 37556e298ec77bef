"""Settings of a role change nothing: neither what is in sync, nor what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from drift.report.report import Check
from tests.servers import Database, create_all
from tests.system.checking import brief, check


def models(word: str = "x", year: int = 2000, n: int = 1) -> sa.MetaData:
    """Return models with an expression of every sort; the arguments are in all of them."""
    made = sa.MetaData()
    mood = sa.Enum("a", "b", name="mood", metadata=made)
    sums = "".join(f" + {number}" for number in range(40))

    def column(name: str, type_: Any, text: str) -> Any:
        return sa.Column(name, type_, server_default=sa.text(text))

    table = sa.Table(
        "t",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("nn", sa.Integer),
        column("a", sa.Text, f"upper('{word}\\y') || CAST('q' AS text)"),
        column("tz", sa.DateTime(timezone=True), f"CAST('{year}-03-04 05:06' AS timestamptz)"),
        column("ts", sa.DateTime, f"CAST('{year}-03-04 05:06' AS timestamp)"),
        column("d", sa.Date, f"CAST('04/03/{year}' AS date)"),
        column("iv", sa.Interval, f"CAST('-{n} day 02:03:04' AS interval)"),
        column("f", sa.Float, f"0.1 + {n}"),
        column("by", sa.LargeBinary, f"CAST('\\x0{n}ff' AS bytea)"),
        column("mo", postgresql.MONEY, f"CAST('{n}.50' AS money)"),
        column("ar", sa.ARRAY(sa.Text), f"CAST('{{NULL,{word}}}' AS text[])"),
        column("m", mood, "CAST('a' AS mood)"),
        column("r", postgresql.TSTZRANGE, f"CAST('[{year}-01-01,)' AS tstzrange)"),
        sa.Column("Up", sa.Text, sa.Computed(f"a || '{word}'", persisted=True)),
        sa.CheckConstraint(f"tz > '{year}-01-01'", name="ck_tz"),
        sa.CheckConstraint(f"tz BETWEEN '{year}-01-01' AND '{year}-07-01'", name="ck_between"),
        sa.CheckConstraint(f"d > '{year}-02-01'", name="ck_d"),
        sa.CheckConstraint(f"nn = NULL OR nn <> {n}", name="ck_null"),
        sa.CheckConstraint(f"(id{sums}) > {n}", name="ck_deep"),
        sa.CheckConstraint(f"m IN ('a', '{'a' if n == 2 else 'b'}')", name="ck_m"),
        sa.CheckConstraint(f"a LIKE '{word}%' OR a ~ '^{word}\\.'", name="ck_like"),
    )
    sa.Index("ix", sa.text(f"(lower(a) || '{word}')"), _table=table)
    where = sa.text(f"tz > '{year}-05-05 10:00' AND NOT (nn = {n})")
    sa.Index("partial", table.c.nn, postgresql_where=where)
    return made


METADATA, OTHER = models(), models("z", 1999, 2)

SETTINGS = """
TimeZone = 'Asia/Tokyo' | TimeZone = 'America/New_York' | TimeZone = '<+03>-03'
DateStyle = 'German, DMY' | DateStyle = 'SQL, DMY' | DateStyle = 'Postgres, MDY'
IntervalStyle = iso_8601 | IntervalStyle = sql_standard | IntervalStyle = postgres_verbose
extra_float_digits = -15 | bytea_output = escape | quote_all_identifiers = on
xmloption = document | lc_monetary = 'C' | lc_messages = 'C' | lc_time = 'C'
default_transaction_deferrable = on | default_transaction_isolation = serializable
default_transaction_isolation = 'repeatable read' | default_transaction_read_only = on
plan_cache_mode = force_generic_plan | constraint_exclusion = on | row_security = off
array_nulls = off | backslash_quote = off | escape_string_warning = on
transform_null_equals = on | standard_conforming_strings = off | client_encoding = 'LATIN1'
enable_seqscan = off | enable_hashjoin = off | enable_mergejoin = off | enable_nestloop = off
enable_material = off | enable_sort = off | enable_hashagg = off | enable_indexscan = off
jit = on | jit_above_cost = 0 | from_collapse_limit = 1 | join_collapse_limit = 1
work_mem = '64kB' | max_stack_depth = '100kB' | session_replication_role = replica
idle_in_transaction_session_timeout = '500ms' | transaction_timeout = '500ms'
statement_timeout = '500ms' | lock_timeout = '1ms' | client_min_messages = debug5
search_path = '' | search_path = 'nowhere' | timezone_abbreviations = 'Australia'
allow_system_table_mods = on | zero_damaged_pages = on | debug_print_parse = on
""".replace("\n", " | ").split(" | ")


@pytest.fixture(scope="module")
def shop(admin: psycopg.Connection[Any], dsn: str) -> Iterator[tuple[Database, str, list[str]]]:
    """Yield a database in sync, made under UTC, a role, and what differs from other models."""
    made = Database(admin, dsn)
    try:
        made.admin("ALTER DATABASE {} SET TimeZone = 'UTC'", made.name)
        made.admin("ALTER DATABASE {} SET DateStyle = 'ISO, DMY'", made.name)
        create_all(METADATA, made.url)
        role = made.role("reader")
        yield made, role, brief(check(made.url_for(role), OTHER).findings)
    finally:
        made.drop()


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one])
def test_a_setting_of_the_role_changes_nothing(
    shop: tuple[Database, str, list[str]], setting: str
) -> None:
    database, role, differs = shop
    if setting.startswith("transaction_timeout") and database.server_version < 170000:
        pytest.skip("PostgreSQL 17 brought it")
    assert len(differs) == 20
    database.admin(f"ALTER ROLE {{}} SET {setting}", role)
    try:
        outcomes = [check(database.url_for(role), one) for one in (METADATA, OTHER)]
    finally:
        database.admin("ALTER ROLE {} RESET ALL", role)
    assert [brief(one.findings) for one in outcomes] == [[], differs]
    assert [one.complete for one in outcomes] == [True, True]


def test_a_role_that_becomes_another_one_sees_the_same(
    shop: tuple[Database, str, list[str]],
) -> None:
    database, role, differs = shop
    group = database.role("group", "NOLOGIN")
    database.admin("GRANT {} TO {}", group, role)
    database.admin("ALTER ROLE {} SET role = {}", role, group)
    url = database.url_for(role)
    assert check(url, METADATA).in_sync
    assert brief(check(url, OTHER).findings) == differs
    database.admin("ALTER ROLE {} RESET ALL", role)


def moments(text: str) -> sa.MetaData:
    made = sa.MetaData()
    column = sa.Column("at", sa.DateTime(timezone=True))
    sa.Table("t", made, column, sa.CheckConstraint(f"at > '{text}'", name="ck"))
    return made


@pytest.fixture
def from_denver(database: Database) -> Database:
    """Return a database whose DDL was run in a session of another zone."""
    database.execute(
        "SET TimeZone = 'America/Denver';"
        "CREATE TABLE t (at timestamptz, CONSTRAINT ck CHECK (at > '2000-07-01 10:00'))"
    )
    return database


def test_what_depends_on_the_zone_of_the_ddl_is_not_compared(from_denver: Database) -> None:
    outcome = check(from_denver.url, moments("2000-07-01 10:00"))
    assert brief(outcome.findings) == []
    assert not outcome.complete
    [note] = [note for note in outcome.notes if note.startswith("not compared")]
    assert note == "not compared: public.t.ck (a date or time in it names no time zone)"


def known(database: Database, role: str) -> Check:
    return check(database.url_for(role), moments("2000-07-01 10:00"))


def test_a_zone_that_a_role_has_may_be_that_of_the_ddl(from_denver: Database) -> None:
    role, other = from_denver.role("reader"), from_denver.role("maker")
    from_denver.admin("ALTER ROLE {} SET TimeZone = 'America/Denver'", other)
    outcome = known(from_denver, role)
    assert (brief(outcome.findings), outcome.complete) == ([], True)


@pytest.mark.parametrize("text", [
    "2000-07-03 10:00", "2000-07-01 10:07", "2000-07-01 10:00+00", "1999-07-01 10:00",
])  # fmt: skip
def test_what_no_zone_explains_is_a_difference(from_denver: Database, text: str) -> None:
    outcome = check(from_denver.url, moments(text))
    assert brief(outcome.findings) == ["error check-mismatch public.t.ck"]


def deep(depth: int, n: int = 1) -> sa.MetaData:
    """Return models with expressions that are so deep, and with others."""
    made = sa.MetaData()
    text = "(" * depth + "id" + "".join(f" + {number % 7})" for number in range(depth))
    case = "".join(f"CASE WHEN id = {number} THEN {number} ELSE " for number in range(depth))
    table = sa.Table(
        "t",
        made,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("d", sa.Integer, server_default=sa.text(text.replace("id", str(n)))),
        sa.Column("g", sa.Integer, sa.Computed(text, persisted=True)),
        sa.CheckConstraint(f"{text} > {n}", name="deep"),
        sa.CheckConstraint(f"{case} 0 {'END ' * depth} > {n}", name="deepest"),
        sa.CheckConstraint(f"{text} > {n + 3}"),
        sa.CheckConstraint(f"NOT (id = {n})", name="flat"),
    )
    sa.Index("ix", sa.text(f"({text})"), _table=table)
    sa.Index("partial", table.c.d, postgresql_where=sa.text(f"{text} = {n}"))
    return made


@pytest.mark.parametrize("depth", [40, 200, 280, 300, 320, 400])
def test_what_is_too_deep_for_a_small_stack_is_left_out_alone(
    database: Database, depth: int
) -> None:
    """It cannot be printed, or the server can print it and refuses the question about it."""
    create_all(deep(depth), database.url)
    role = database.role("reader")
    database.admin("ALTER ROLE {} SET max_stack_depth = '100kB'", role)
    same = check(database.url_for(role), deep(depth))
    assert brief(same.findings) == []
    other = check(database.url_for(role), deep(depth, n=2))
    assert "error check-mismatch public.t.flat" in brief(other.findings)
    owner = brief(check(database.url, deep(depth, n=2)).findings)
    assert set(brief(other.findings)) <= set(owner)
    assert other.complete == (brief(other.findings) == owner)
