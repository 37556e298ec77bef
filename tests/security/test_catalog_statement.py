"""The catalog statement calls only built-in functions and operators, whatever shadows them."""

from __future__ import annotations

from itertools import pairwise, product

import sqlalchemy as sa

from drift.expressions.builtin_only import _REFUSED
from drift.expressions.tokens import tokenize
from drift.sources.database.catalog import statement
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from tests.security.attacks import Trap
from tests.security.tables import on_tables, table
from tests.servers import Database, create_all
from tests.system.checking import found

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
"""IMMUTABLE built-in functions that take the number of an object, and run no code of users."""


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
        "array", "as", "in", "from", "and", "or", "not", "exists", "any", "coalesce", "where",
        "when", "then", "else", "union", "all", "select", "join", "on", "lateral", "rows",
        "materialized", "filter",
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
        if (before.word in {"from", "join"} or before.text == ",") and token.value.startswith("pg_")
    ]
    assert read
    assert {value for value, after in read if after != "."} == set()


def test_a_pooled_sessions_temporary_table_is_not_taken_for_the_catalog(
    database: Database,
) -> None:
    create_all(table(sa.CheckConstraint("id > 0", name="ck")), database.url)
    with connect(parse(database.url), Timeouts()) as connection:
        connection.execute("CREATE TEMP TABLE pg_constraint (oid oid); SET search_path = nowhere")
        reflection = reflect(connection, Scope(), Timeouts())
    assert [item.name for item in reflection.schema.objects["check"]] == ["ck"]
    assert reflection.schema.default_schema == "public"
