"""Mutations of functions and procedures."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE FUNCTION slug(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT"
    " AS $$ SELECT lower(value) $$",
    "CREATE FUNCTION slug(value text, most int DEFAULT 10) RETURNS text LANGUAGE plpgsql"
    " SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
    " AS $$BEGIN\n  RETURN left(lower(value), most);\nEND$$",
    "CREATE FUNCTION public.twice(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + a; END",
    "CREATE PROCEDURE clean(days int) LANGUAGE sql AS 'DELETE FROM orders WHERE id < days'",
    'CREATE FUNCTION "odd ""(name"".b"(a int) RETURNS int LANGUAGE sql AS \'SELECT 1\'',
    "CREATE FUNCTION of_mood(m mood) RETURNS SETOF users LANGUAGE sql STABLE"
    " AS 'SELECT * FROM users WHERE mood = m'",
)
_SLUG = "CREATE OR REPLACE FUNCTION slug(value text) RETURNS text LANGUAGE sql"
_LONG = "CREATE OR REPLACE FUNCTION slug(value text, most int DEFAULT 10) RETURNS text"
_BODY = "AS $$BEGIN\n  RETURN left(lower(value), most);\nEND$$"
_PATH = "SET search_path = pg_catalog, pg_temp"
_WRONG = "warning function-mismatch public.slug(text)"
_LONG_WRONG = "function-mismatch public.slug(text, integer)"

CASES = cases(
    "function",
    DECLARED,
    ("dropped", "DROP FUNCTION twice", "error missing-function public.twice(integer)"),
    ("an overload dropped", "DROP FUNCTION slug(text)", "error missing-function public.slug(text)"),
    ("one of an odd name dropped", 'DROP FUNCTION "odd ""(name"".b"',
     'error missing-function public.odd "(name".b(integer)'),
    ("a procedure dropped", "DROP PROCEDURE clean", "error missing-function public.clean(integer)"),
    ("another body", f"{_SLUG} IMMUTABLE STRICT AS $$ SELECT upper(value) $$", _WRONG),
    ("space around the body", f"{_SLUG} IMMUTABLE STRICT AS $$\r\n\tSELECT lower(value)\r\n$$"),
    ("lines that end with CRLF", f"{_LONG} LANGUAGE plpgsql SECURITY DEFINER {_PATH} "
     + _BODY.replace("\n", "\r\n")),
    ("the clauses in another order", "CREATE OR REPLACE FUNCTION slug(value varchar) RETURNS"
     " text AS ' SELECT lower(value) ' LANGUAGE sql; DROP FUNCTION slug(varchar); create or"
     " replace function PUBLIC.slug(in VALUE pg_catalog.text) returns pg_catalog.text immutable"
     " returns null on null input not leakproof cost 100 language SQL"
     " as ' SELECT lower(value) '"),
    ("volatile", f"{_SLUG} STRICT AS $$ SELECT lower(value) $$", _WRONG),
    ("not strict", f"{_SLUG} IMMUTABLE AS $$ SELECT lower(value) $$", _WRONG),
    ("parallel safe", "ALTER FUNCTION slug(text) PARALLEL SAFE", _WRONG),
    ("another cost", "ALTER FUNCTION slug(text) COST 7",
     "info function-mismatch public.slug(text)"),
    ("SECURITY INVOKER", "ALTER FUNCTION slug(text, int) SECURITY INVOKER",
     f"error {_LONG_WRONG}"),
    ("SECURITY DEFINER", "ALTER FUNCTION slug(text) SECURITY DEFINER",
     "error function-mismatch public.slug(text)"),
    ("a setting gone", "ALTER FUNCTION slug(text, int) RESET search_path",
     f"warning {_LONG_WRONG}"),
    ("a setting changed", "ALTER FUNCTION slug(text, int) SET search_path = public",
     f"warning {_LONG_WRONG}"),
    ("another default", f"{_LONG.replace('10', '20')} LANGUAGE plpgsql SECURITY DEFINER"
     f" {_PATH} {_BODY}", f"warning {_LONG_WRONG}"),
    ("a default spelled otherwise", f"{_LONG.replace('10', '(10)::integer')} LANGUAGE plpgsql"
     f" SECURITY DEFINER {_PATH} {_BODY}"),
    ("an argument renamed", "DROP FUNCTION twice; CREATE FUNCTION twice(b int) RETURNS int"
     " LANGUAGE sql BEGIN ATOMIC SELECT b + b; END",
     "warning function-mismatch public.twice(integer)"),
    ("an argument of another type", "DROP FUNCTION twice; CREATE FUNCTION twice(a bigint) RETURNS"
     " int LANGUAGE sql BEGIN ATOMIC SELECT a + a; END",
     "error missing-function public.twice(integer)"),
    ("another type returned", "DROP FUNCTION twice; CREATE FUNCTION twice(a int) RETURNS bigint"
     " LANGUAGE sql BEGIN ATOMIC SELECT a + a; END",
     "error function-mismatch public.twice(integer)"),
    ("another statement in a body that is parsed", "CREATE OR REPLACE FUNCTION twice(a int)"
     " RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a * 2; END",
     "warning function-mismatch public.twice(integer)"),
    ("a body that is parsed, spelled otherwise", "CREATE OR REPLACE FUNCTION twice(a int)"
     " RETURNS int LANGUAGE sql begin atomic select (twice.a)+twice . a ; end"),
    ("a function instead of a procedure", "DROP PROCEDURE clean; CREATE FUNCTION clean(days int)"
     " RETURNS void LANGUAGE sql AS 'DELETE FROM orders WHERE id < days'",
     "error function-mismatch public.clean(integer)"),
    ("another function", "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("another function, strictly", "CREATE FUNCTION more() RETURNS int LANGUAGE sql"
     " AS 'SELECT 1'", "warning extra-function public.more()", {"strict": ("function",)}),
    ("an aggregate, strictly", "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int)",
     {"strict": ("function",)}),
    ("the functions of a range, strictly", "CREATE TYPE span AS RANGE (subtype = int)",
     {"strict": ("function",)}),
)  # fmt: skip
