"""A database whose users wait for somebody else to run their code.

Every function here leaves a line in a file of the server's when it runs, whatever becomes of the
transaction: by a program that the server starts, which a superuser's transaction may do although
it only reads.
"""

from __future__ import annotations

import time
from itertools import product
from typing import Any, NamedTuple

import psycopg

from tests.servers import Database

LANGUAGES = ("plpgsql", "sql")
VOLATILITIES = ("immutable", "stable", "volatile")

WITNESS = """
CREATE FUNCTION public.witness(who text) RETURNS void LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
  EXECUTE pg_catalog.format('COPY (SELECT %L) TO PROGRAM %L', who,
    'cat >> witness_' || pg_catalog.current_database());
END $body$;
"""


def function(name: str, arguments: str, returns: str, value: str) -> str:
    """Return SQL for a function in plpgsql, marked IMMUTABLE, that tells when it runs."""
    return f"""
CREATE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN PERFORM public.witness('{name.rpartition(".")[2]}'); RETURN {value}; END $body$;
"""


def _variant(language: str, volatility: str) -> str:
    name = f"public.evil_{language}_{volatility}"
    body = (
        f"BEGIN PERFORM public.witness('{language}_{volatility}'); RETURN t; END"
        if language == "plpgsql"
        else f"SELECT public.evil_plpgsql_{volatility}(t)"
    )
    return (
        f"CREATE FUNCTION {name}(t text) RETURNS text LANGUAGE {language} {volatility} "
        f"AS $body$ {body} $body$;"
    )


SETUP = (
    WITNESS
    + "".join(_variant(*pair) for pair in product(LANGUAGES, VOLATILITIES))
    + function("public.evil", "t text", "text", "t")
    + function('public."٣"', "t text", "text", "t")
    + function("public.evil_raises", "t text", "text", "1 / (1 - length(t))")
    + function("public.evil_sleeps", "t text", "text", "t || pg_catalog.pg_sleep(0.1)::text")
    + function("public.evil_notifies", "t text", "text", "t || pg_catalog.pg_notify('x', t)::text")
    + function("public.evil_eq", "a text, b text", "boolean", "true")
    + "CREATE OPERATOR public.=== (FUNCTION = public.evil_eq, LEFTARG = text, RIGHTARG = text);"
    + "CREATE DOMAIN public.folded AS text CHECK (VALUE <> public.evil('domain'));"
    + "CREATE DOMAIN public.checked AS text CHECK (public.evil_plpgsql_volatile(VALUE) <> '');"
    + "CREATE TYPE public.pair AS (a public.folded, b public.checked);"
    + "CREATE TYPE public.span AS RANGE (subtype = public.checked);"
    + "CREATE TYPE public.mood AS ENUM ('a', 'b');"
    + function("public.to_mood", "t text", "public.mood", "enum_first(NULL::public.mood)")
    + "CREATE CAST (text AS public.mood) WITH FUNCTION public.to_mood(text) AS IMPLICIT;"
    + "CREATE TABLE public.parted (x text) PARTITION BY HASH ((x || public.evil('a')));"
    + function("public.field", "p public.pair", "boolean", "true")
)

SHADOWS = "".join(
    [
        function("public.lower", "t varchar", "text", "t::text"),
        function("public.array_to_json", "a name[]", "json", "'[]'"),
        function("public.nextval", "t text", "bigint", "1"),
        function("public.length", "t varchar", "integer", "1"),
        function("public.text_name", "a name, b text", "text", "''"),
        function("public.eq_varchar", "a varchar, b varchar", "boolean", "true"),
        "CREATE OPERATOR public.|| (FUNCTION = public.text_name, LEFTARG = name, RIGHTARG = text);",
        "CREATE OPERATOR public.= (FUNCTION = public.eq_varchar, LEFTARG = varchar,"
        " RIGHTARG = varchar);",
    ]
)


class Attack(NamedTuple):
    """An expression over the column `x varchar`, which reaches code where it is planned."""

    name: str
    condition: str


ATTACKS = (
    *(
        Attack(f"{language} {volatility}", f"x = public.evil_{language}_{volatility}('a')")
        for language, volatility in product(LANGUAGES, VOLATILITIES)
    ),
    Attack("without its schema", "x = evil('a')"),
    Attack("within others", "upper(coalesce(lower(public.evil('a')), x)) <> ''"),
    Attack("a name in quotes", """x = "public"."evil"('a')"""),
    Attack("a name in escapes", r"""x = public.U&"\0065vil"('a')"""),
    Attack("a comment before the parenthesis", "x = evil/* ( */('a')"),
    Attack("a comment behind the dot", "x = public. -- \n evil('a')"),
    Attack("a name that is cut", f"x = {'e' * 63}extra('a')"),
    Attack("dollar quotes", "x = evil($$a$$)"),
    Attack("digits of another script", "x = public.٣('a')"),
    Attack("a comment that a carriage return ends", "x = -- \r evil('a')"),
    Attack("three parts", "x = pg_catalog.public.evil('a')"),
    Attack("raises", "x = public.evil_raises('a')"),
    Attack("sleeps", "x = public.evil_sleeps('a')"),
    Attack("notifies", "x = public.evil_notifies('a')"),
    Attack("partition key", "satisfies_hash_partition(@parted, 1, 0, 'a'::text)"),
    Attack(
        "partition key by name",
        "satisfies_hash_partition('public.parted'::regclass, 1, 0, 'a'::text)",
    ),
    Attack(
        "rows of a function",
        "generate_series(1, array_length(array_in('{a}', @checked, -1), 1)) > 0",
    ),
    Attack("input function", "array_in('{a}', @checked, -1) IS NOT NULL"),
    Attack("operator", "'a'::text OPERATOR(public.===) 'b'::text"),
    Attack("operator without its schema", "'a'::text === 'b'::text"),
    Attack("cast", "'a'::text::public.mood = 'a'"),
    Attack("cast by CAST", "CAST('a'::text AS public.mood) = 'a'::public.mood"),
    Attack("cast that looks like a call", "public.mood('a'::text) = 'a'::public.mood"),
    Attack("cast of a constant column", "coalesce('a'::text::mood, 'b') IS NOT NULL"),
    Attack("literal of a domain", "'a'::public.folded <> x"),
    Attack("literal of a domain by name", "public.folded 'a' <> x"),
    Attack("conversion to a domain", "x::public.folded <> ''"),
    Attack("array literal of a domain", "'{a}'::public.checked[] IS NOT NULL"),
    Attack("row literal of domains", "'(a,b)'::public.pair IS NOT NULL"),
    Attack("range literal of a domain", "'[a,b]'::public.span IS NOT NULL"),
    Attack("field of a row", "('(a,b)'::public.pair).field"),
    Attack("shadowed function", "lower(x) <> lower('A'::varchar)"),
    Attack("shadowed operator", "'a'::varchar = 'b'::varchar OR x <> ''"),
    Attack("query", "x = (SELECT public.evil('a'))"),
    Attack("query without its schema", "x IN (VALUES (evil('a')))"),
    Attack("end of the parenthesis", "true) AS x, (public.evil('a') = ''"),
)


class Trap:
    """The file in which the functions tell that they ran, and the server's own count of calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._file = f"witness_{database.name}"
        database.execute(f"ALTER DATABASE {database.name} SET track_functions = 'all'")

    def arm(self) -> None:
        """Forget what ran while the database was made."""
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            _await_others(connection)
            connection.execute(
                f"COPY (SELECT WHERE false) TO PROGRAM 'rm -f {self._file}'".encode()
            )
            connection.execute("SELECT pg_stat_reset()")

    def sprung(self) -> list[str]:
        """Return what ran since, and what the server counted."""
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            _await_others(connection)
            row = connection.execute(
                "SELECT pg_read_file(%s, 0, 1000000, true)", [self._file]
            ).fetchone()
            calls = connection.execute(
                "SELECT funcname FROM pg_stat_user_functions WHERE calls > 0"
            ).fetchall()
        lines = (row[0] or "").split() if row else []
        return sorted({*lines, *(name for (name,) in calls)})


def _await_others(connection: psycopg.Connection[Any]) -> None:
    """Wait for sessions that end: a server counts a session's calls when it is gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    for _ in range(500):
        row = connection.execute(others).fetchone()
        if row == (0,):
            return
        time.sleep(0.01)
    raise TimeoutError("other sessions go on")
