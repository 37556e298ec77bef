"""A check runs no code of the database's users, in whatever expression, type or object it is."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.security.attacks import ATTACKS, SHADOWS, Attack, Trap, function
from tests.security.tables import (
    HARMLESS,
    OWNERS,
    create_what_is_allowed,
    everywhere,
    on_tables,
    table,
)
from tests.servers import Database, create_all
from tests.system.checking import check, found
from tests.versions import domain


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_is_run_for_an_expression(database: Database, trap: Trap, attack: Attack) -> None:
    """Attack from the live side, from the models' side, and again when built-ins are shadowed."""
    numbers = "SELECT 'public.parted'::regclass::oid::text, 'public.checked'::regtype::oid::text"
    [(parted, checked)] = database.fetch(numbers)
    condition = attack.condition.replace("@parted", parted).replace("@checked", checked)
    attack = attack._replace(condition=condition)
    create_what_is_allowed(database, attack.condition)
    for shadows in ("", SHADOWS):
        database.execute(shadows)
        trap.arm()
        found(database.url, everywhere(HARMLESS))
        found(database.url, everywhere(attack.condition))
        assert trap.sprung() == []
    database.execute("".join(f'DROP TABLE "{owner}";' for owner in OWNERS))
    create_all(everywhere(HARMLESS), database.url)
    trap.arm()
    found(database.url, everywhere(attack.condition))
    assert trap.sprung() == []


def test_the_trap_springs(database: Database, trap: Trap) -> None:
    """What every test here relies on: a function that runs is seen."""
    trap.arm()
    database.fetch("EXPLAIN SELECT public.evil('a')")
    assert trap.sprung() == ["evil", "witness"]
    trap.arm()
    with pytest.raises(psycopg.Error):
        database.fetch("BEGIN READ ONLY; EXPLAIN SELECT public.evil_raises('a')")
    assert "evil_raises" in trap.sprung()


@pytest.mark.parametrize("type_", ["folded", "checked", "pair", "span", "mood", "folded[]"])
def test_nothing_is_run_for_the_type_of_a_column(
    database: Database, trap: Trap, type_: str
) -> None:
    class Named(sa.types.UserDefinedType[Any]):
        cache_ok = True

        def get_col_spec(self, **_: Any) -> str:
            return f"public.{type_}"

    default = "'{a}'" if type_.endswith("]") else {"pair": "'(a,b)'", "span": "'[a,b]'"}.get(
        type_, "'a'"
    )  # fmt: skip
    column = f"ALTER TABLE t ADD c public.{type_} DEFAULT {default}"
    create_all(table(), database.url)
    database.execute(column)
    for metadata in (
        table(sa.Column("c", Named(), server_default=sa.text("'b'"))),
        table(sa.Column("c", Named(), server_default=sa.text(default))),
        table(sa.Column("c", sa.Text, server_default=sa.text("'b'"))),
        table(sa.Column("c", Named(), sa.CheckConstraint("c IS NOT NULL", name="ck"))),
    ):
        trap.arm()
        found(database.url, metadata)
        assert trap.sprung() == []


@domain
@pytest.mark.parametrize("attack", ["evil(VALUE)", "evil('a')", "evil_sql_volatile('a')"])
def test_nothing_is_run_for_a_domain(database: Database, trap: Trap, attack: str) -> None:
    """A domain's own CHECK and default, live and declared, beside other ones."""
    live = f"CREATE DOMAIN d AS text DEFAULT public.{attack.replace('VALUE', 'NULL')}"
    database.execute(f"{live} CHECK (public.{attack} <> '')")
    database.execute("CREATE TABLE t (id serial PRIMARY KEY, x varchar(9), d d DEFAULT 'b')")
    for check_, default in (("VALUE <> 'x'", "'a'"), (f"{attack} <> 'x'", "evil('b')")):
        domain = pg.DOMAIN("d", sa.Text, check=check_, default=sa.text(default))
        trap.arm()
        found(database.url, table(sa.Column("d", domain, server_default=sa.text("'c'"))))
        assert trap.sprung() == []


def test_nothing_is_run_for_a_sequence_that_a_model_names(database: Database, trap: Trap) -> None:
    database.execute(SHADOWS)
    database.execute("CREATE SEQUENCE s")
    metadata = table(sa.Column("n", sa.Integer, server_default=sa.Sequence("s").next_value()))
    database.execute("CREATE TABLE t (id serial PRIMARY KEY, x varchar(9), n int DEFAULT 7)")
    trap.arm()
    found(database.url, metadata)
    assert trap.sprung() == []


def test_nothing_is_asked_if_a_built_in_cast_runs_code(database: Database, trap: Trap) -> None:
    """Only a superuser can make one: then no question is free of it."""
    database.execute(
        "CREATE FUNCTION public.as_number(t text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS"
        " $$ BEGIN PERFORM public.witness('as_number'); RETURN 1; END $$;"
        "CREATE CAST (text AS integer) WITH FUNCTION public.as_number(text) AS IMPLICIT"
    )
    create_all(table(sa.CheckConstraint("id + '1'::text > 0", name="ck")), database.url)
    trap.arm()
    metadata = table(sa.CheckConstraint("id > 0", name="ck"))
    [finding] = [f for f in check(database.url, metadata).findings if f.rule == "check-mismatch"]
    assert trap.sprung() == []
    assert finding.severity == "warning"
    assert "a function that is not built in implements the cast text AS integer" in finding.message
    metadata = table(sa.CheckConstraint("((id)+('1'::text)::integer)>0", name="ck"))
    assert on_tables(found(database.url, metadata)) == []


def test_nothing_is_asked_if_an_operator_class_runs_code(database: Database, trap: Trap) -> None:
    """A superuser's order for json, as recipes have it, compares arrays of json."""
    operators = {"<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">": "gt"}
    for name, word in operators.items():
        database.execute(
            function(f"public.json_{word}", "a json, b json", "boolean", "false")
            + f"CREATE OPERATOR public.{name} (FUNCTION = public.json_{word}, LEFTARG = json,"
            " RIGHTARG = json)"
        )
    members = ", ".join(
        f"OPERATOR {n} public.{name} (json, json)" for n, name in enumerate(operators, 1)
    )
    database.execute(
        function("public.json_cmp", "a json, b json", "integer", "1")
        + f"CREATE OPERATOR CLASS public.json_ops DEFAULT FOR TYPE json USING btree AS {members},"
        " FUNCTION 1 public.json_cmp (json, json)"
    )
    evil = "ARRAY['1'::json] = ARRAY['2'::json]"
    create_all(table(sa.CheckConstraint(evil, name="ck")), database.url)
    trap.arm()
    metadata = table(sa.CheckConstraint("id > 0", name="ck"))
    [finding] = [f for f in check(database.url, metadata).findings if f.rule == "check-mismatch"]
    assert trap.sprung() == []
    assert "implements the operator class json_ops" in finding.message


def test_nothing_is_run_that_comes_and_goes_while_a_check_reads(
    database: Database, trap: Trap
) -> None:
    """What was harmless when the catalog was read may be replaced before a question is planned."""
    metadata = table(
        sa.CheckConstraint("lower(x) = 'A' OR similarity(x, 'a') > 0", name="ck"),
        sa.Column("d", sa.Text, server_default=sa.text("lower('A')")),
    )
    database.execute(
        "CREATE FUNCTION public.similarity(a text, b text) RETURNS real LANGUAGE internal"
        " IMMUTABLE AS 'float4um'"
    )
    create_all(table(sa.CheckConstraint("upper(x) = 'A'", name="ck"),
                     sa.Column("d", sa.Text, server_default="b")), database.url)  # fmt: skip
    shadows = [
        function("public.lower", "t varchar", "text", "t::text"),
        function("public.similarity", "a varchar, b text", "real", "1"),
    ]
    trap.arm()
    done = threading.Event()
    rounds = 0

    def come_and_go() -> None:
        nonlocal rounds
        with psycopg.connect(database.url, autocommit=True) as connection:
            while not done.is_set():
                for made in shadows:
                    connection.execute(made.encode())
                connection.execute(
                    "DROP FUNCTION public.lower(varchar), public.similarity(varchar, text)"
                )
                rounds += 1

    attacker = threading.Thread(target=come_and_go)
    attacker.start()
    try:
        for _ in range(20):
            found(database.url, metadata)
    finally:
        done.set()
        attacker.join()
    assert rounds > 20
    assert trap.sprung() == []
