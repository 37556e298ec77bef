"""A check runs nobody's code: neither that of the database's users, nor what shadows ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from drift.expressions.builtin_only import _REFUSED
from drift.expressions.tokens import tokenize
from drift.sources.database.catalog import statement
from drift.sources.database.scope import Scope
from tests.mutations.case import SQLALCHEMY
from tests.security.attacks import ATTACKS, SETUP, SHADOWS, Attack, Trap, function
from tests.servers import Database, create_all
from tests.system.checking import check, found

HARMLESS = "upper(x) <> 'a'"
Place = Callable[[str], tuple[Any, ...]]


def as_check(text: str) -> tuple[Any, ...]:
    return (sa.CheckConstraint(text, name="ck"),)


def as_default(text: str) -> tuple[Any, ...]:
    return (sa.Column("d", sa.Boolean, server_default=sa.text(f"({without_columns(text)})")),)


def as_generated(text: str) -> tuple[Any, ...]:
    return (sa.Column("g", sa.Boolean, sa.Computed(text, persisted=True)),)


def as_index(text: str) -> tuple[Any, ...]:
    return (sa.Index("ix_expression", sa.text(f"({text})")),)


def as_predicate(text: str) -> tuple[Any, ...]:
    return (sa.Index("ix_predicate", "id", postgresql_where=sa.text(text)),)


def as_exclusion(text: str) -> tuple[Any, ...]:
    by_id: Any = (sa.column("id"), "=")
    return (pg.ExcludeConstraint(by_id, name="ex", using="btree", where=sa.text(text)),)


PLACES: dict[str, Place] = {
    "check": as_check,
    "default": as_default,
    "generated column": as_generated,
    "index expression": as_index,
    "index predicate": as_predicate,
    "exclusion": as_exclusion,
}


def without_columns(text: str) -> str:
    return text.replace("(x,", "('x'::varchar,").replace("x ", "'x'::varchar ").replace(
        "(x)", "('x'::varchar)"
    ).replace(", x)", ", 'x'::varchar)").replace("x::", "'x'::varchar::")  # fmt: skip


def table(*items: Any, name: str = "t", metadata: sa.MetaData | None = None) -> sa.MetaData:
    metadata = metadata or sa.MetaData()
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.String(9)))
    sa.Table(name, metadata, *columns, *items)
    return metadata


def everywhere(text: str) -> sa.MetaData:
    """Return a table for each place in which an expression can stand, with this one there."""
    metadata = sa.MetaData()
    for place, items in PLACES.items():
        table(*items(text), name=place, metadata=metadata)
    return metadata


def on_tables(findings: list[str]) -> list[str]:
    """Leave out what the attackers made."""
    made = ("extra-domain", "extra-enum", "parted")
    return [f for f in findings if not any(word in f for word in made)]


@pytest.fixture
def trap(database: Database) -> Trap:
    database.execute(SETUP)
    return Trap(database)


def create_what_is_allowed(database: Database, text: str) -> None:
    """Create the tables; the harmless one in each place that PostgreSQL keeps from expressions."""
    for place, items in PLACES.items():
        try:
            create_all(table(*items(text), name=place), database.url)
        except psycopg.Error:
            database.execute(f'DROP TABLE IF EXISTS "{place}"')
            create_all(table(*items(HARMLESS), name=place), database.url)


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
    database.execute("".join(f'DROP TABLE "{place}";' for place in PLACES))
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


@pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="DOMAIN came with SQLAlchemy 2.0")
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


def test_nothing_is_asked_where_a_built_in_cast_runs_code(database: Database, trap: Trap) -> None:
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


def test_nothing_is_asked_where_an_operator_class_runs_code(database: Database, trap: Trap) -> None:
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


REVIEWED = frozenset(
    "acldefault bpcharin btequalimage btoidcmp btvarstrequalimage hashoid hashoidextended "
    "int8 json_to_tsvector jsonb_to_tsvector makeaclitem max min nameconcatoid oideq oidge "
    "oidgt oidlarger oidle oidlt oidne oidout oidsend oidsmaller "
    "pg_indexam_progress_phasename phraseto_tsquery plainto_tsquery postgresql_fdw_validator "
    "regclasssend regcollationsend regconfigsend regdictionarysend regnamespacesend "
    "regoperatorsend regopersend regproceduresend regprocsend regrolesend regtypesend "
    "to_tsquery to_tsvector ts_headline ts_lexize ts_parse ts_token_type varcharin "
    "websearch_to_tsquery".split()
)
"""IMMUTABLE functions of PostgreSQL's that take the number of an object, and run nobody's code."""


def test_no_other_built_in_function_takes_the_number_of_an_object(database: Database) -> None:
    """The planner runs them: one that opens a table would have its partition key worked out."""
    rows = database.fetch(
        "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'i' AND oid < 16384"
        " AND pronamespace = 'pg_catalog'::regnamespace AND EXISTS ("
        "  SELECT FROM unnest(proargtypes) t WHERE t = 'oid'::regtype OR t::regtype::text ~ '^reg')"
        " AND NOT EXISTS (SELECT FROM unnest(proargtypes) t WHERE t = 'internal'::regtype)"
    )
    assert {name for (name,) in rows if not _REFUSED.fullmatch(name)} <= REVIEWED


_TYPES = ("name", "text", "oid", "integer", "boolean", '"char"', "json", "name[]", "smallint[]")


def shadow_everything() -> str:
    """Return SQL for what could be taken for a function or an operator of the catalog statement."""
    text = statement(Scope(tables=frozenset({(None, "t")})))
    tokens = [t for line in text.split(";") for t in tokenize(line)]
    names = {
        token.value
        for token, after in pairwise(tokens)
        if token.sort == "name" and after.text == "("
    }
    operators = {token.text for token in tokens if token.sort == "operator"} - {"*"}
    body = (
        "LANGUAGE plpgsql IMMUTABLE AS"
        " $$ BEGIN PERFORM public.witness('shadow'); RETURN NULL; END $$"
    )
    made = [
        f'CREATE FUNCTION public."{name}"({arguments}) RETURNS text {body};'
        for name in sorted(names)
        for arguments in (*_TYPES, *(", ".join(pair) for pair in product(_TYPES[:4], _TYPES[:4])))
    ]
    for number, (operator, left, right) in enumerate(product(sorted(operators), _TYPES, _TYPES)):
        made.append(
            f"CREATE FUNCTION public.op_{number}({left}, {right}) RETURNS boolean {body};"
            f"CREATE OPERATOR public.{operator} (FUNCTION = public.op_{number}, "
            f"LEFTARG = {left}, RIGHTARG = {right});"
        )
    return "\n".join(made)


def test_the_catalog_statement_takes_nothing_for_its_own(database: Database, trap: Trap) -> None:
    """A database in sync, one that differs in a table, and one with questions and a second look."""
    metadata = table(sa.CheckConstraint("x IN ('a', 'b')", name="ck"))
    create_all(metadata, database.url)
    database.execute(shadow_everything())
    trap.arm()
    assert on_tables(found(database.url, metadata)) == []
    assert on_tables(found(database.url, metadata, schemas=("pub*",))) == []
    database.execute("ALTER TABLE t DROP CONSTRAINT ck")
    assert on_tables(found(database.url, metadata)) == ["error missing-check public.t.ck"]
    assert trap.sprung() == []


def test_every_function_and_table_of_the_catalog_statement_is_named_with_its_schema() -> None:
    text = statement(Scope(tables=frozenset({(None, "t")}), tenants=("a*",)))
    tokens = tokenize(text)
    syntax = {
        "as", "in", "from", "and", "or", "not", "exists", "any", "coalesce", "where", "when",
        "then", "else", "union", "all", "select", "join", "on", "lateral", "rows", "materialized",
    }  # fmt: skip
    called = [
        (before.text, token.value)
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if token.sort == "name" and after.text == "(" and token.value not in syntax
    ]
    wrong = {name for before, name in called if before != "."}
    assert called
    assert wrong <= {"distinct", "u", "r", "x", "o"}
    read = [
        (token.value, after.text)
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if before.word in {"from", "join"} and token.value.startswith("pg_")
    ]
    assert read
    assert {value for value, after in read if after != "."} == set()


def test_a_pooled_sessions_temporary_table_is_not_taken_for_the_catalog(
    database: Database,
) -> None:
    from drift.sources.database.connection import Timeouts, connect, parse
    from drift.sources.database.reflection import reflect

    create_all(table(sa.CheckConstraint("id > 0", name="ck")), database.url)
    with connect(parse(database.url), Timeouts()) as connection:
        connection.execute("CREATE TEMP TABLE pg_constraint (oid oid); SET search_path = nowhere")
        reflection = reflect(connection, Scope(), Timeouts())
    assert [item.name for item in reflection.schema.objects["check"]] == ["ck"]
    assert reflection.schema.default_schema == "public"


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
