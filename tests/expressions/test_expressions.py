"""Expressions as text: their tokens, one spelling for all, and what a server may be asked."""

from __future__ import annotations

import pytest

from drift.expressions.builtin_only import restrict
from drift.expressions.questions import Questions
from drift.expressions.spelling import spelled
from drift.expressions.tokens import UnreadableError, tokenize
from drift.expressions.vocabulary import Function, Vocabulary, stand_ins
from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.model import Expression, Schema

VOCABULARY = Vocabulary(
    functions={
        "norm": Function("text", ("app", "lib")),
        "mood_of": Function("app.mood", ("app",)),
        "round": Function("numeric", ("public",), built_in=True),
        "odd": Function(None, ("app",)),
        "f": Function("text", ("far",)),
    },
    types={"app.mood": "name", "app.email": "text", "app.qty": "integer"},
    path=("app", "public"),
)


@pytest.mark.parametrize(("text", "tokens"), [
    ("a=-1", ["a", "=", "-", "1"]),
    ("a@-1", ["a", "@-", "1"]),
    ("a--b\n+c", ["a", "+", "c"]),
    ("a/*/**/*/+/* */b", ["a", "+", "b"]),
    ("a->>'b'::text", ["a", "->>", "'b'", "::", "text"]),
    ("E'a\\'b' || 'c''d'", ["E'a\\'b'", "||", "'c''d'"]),
    ("'a\\' = b", ["'a\\'", "=", "b"]),
    ('"A""b".c', ['"A""b"', ".", "c"]),
    ("1.5e-3*.5", ["1.5e-3", "*", ".5"]),
    ("x[1:2]", ["x", "[", "1", ":", "2", "]"]),
    ("B'01'", ["B'01'"]),
])  # fmt: skip
def test_tokens_are_those_of_postgresql(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenize(text)] == tokens


@pytest.mark.parametrize("text", [
    'U&"\\0061"', "U&'\\0061'", "$$a$$", "$1", "a /* b", "'a", '"a', "(a", "a)", "(a]", "a ; b",
    "x" * 100_001, "a \\ b", "{a}",
])  # fmt: skip
def test_what_is_no_plain_expression_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        tokenize(text)


def test_names_are_folded_and_cut_as_the_server_does() -> None:
    assert [token.value for token in tokenize('ÄBC "ÄBC"')] == ["Äbc", "ÄBC"]
    assert tokenize("e" * 70)[0].value == "e" * 63
    assert tokenize("é" * 40)[0].value == "é" * 31


@pytest.mark.parametrize(("one", "other"), [
    ("kind IN ('a', 'b')", "((kind)::text = ANY (ARRAY['a'::text, 'b'::text]))"),
    ("kind IN ('a', 'b')", "((kind)::text = ANY ((ARRAY['a'::varchar, 'b'::varchar])::text[]))"),
    ("kind NOT IN (1, 2)", "(kind <> ALL (ARRAY[1, 2]))"),
    ("a = 1 AND b > 2 OR NOT c", "(((a = 1) AND (b > 2)) OR (NOT c))"),
    ("a AND (b AND c)", "((a AND b) AND c)"),
    ("x BETWEEN 1 AND 5 AND y", "((x >= 1) AND (x <= 5) AND y)"),
    ("x NOT BETWEEN 1 AND 5", "(NOT ((x >= 1) AND (x <= 5)))"),
    ("norm(x) LIKE 'a%'", "(public.norm((x)::text) ~~ 'a%'::text)"),
    ("Norm( x ) NOT ILIKE 'a'", "(app.norm(x) !~~* 'a'::text)"),
    ("a + b * c - 1", "((a + (b * c)) - 1)"),
    ("-a ^ 2", "((- a) ^ (2)::double precision)"),
    ("a IS NOT NULL", "(a IS NOT NULL)"),
    ("a IS NOT DISTINCT FROM b", "(a IS NOT DISTINCT FROM b)"),
    ("attrs -> 'k'", "(attrs OPERATOR(public.->) 'k'::text)"),
    ("CASE WHEN a THEN 1 END", "CASE WHEN a THEN 1 ELSE NULL::integer END"),
    ("CASE a WHEN 1 THEN 'x' ELSE 'y' END", "CASE a WHEN 1 THEN 'x'::text ELSE 'y'::text END"),
    ("nextval('s')", "nextval('public.s'::regclass)"),
    ("ST_MakePoint(a, b)", "public.st_makepoint(a, b)"),
    ("CAST(x AS int)", "(x)::integer"),
    ("f(x)[1]", "(f(x))[1]"),
    ("(a, b) = f(1)", "(ROW(a, b) = f(1))"),
    ("t.a > 0", "(a > 0)"),
    ("a <> 1", "(a != 1)"),
    ("f(-1)", "f('-1'::integer)"),
    ("'x'::app.mood", "'x'::mood"),
])  # fmt: skip
def test_two_spellings_of_one_thing_are_levelled(one: str, other: str) -> None:
    assert spelled(one, ("app", "public")) == spelled(other, ("app", "public"))


@pytest.mark.parametrize(("one", "other"), [
    ("a AND (b OR c)", "(a AND b) OR c"),
    ("a - (b - c)", "a - b - c"),
    ("a IN (1, 2)", "a NOT IN (1, 2)"),
    ("norm(x) = 'a'", "norm(x) = 'A'"),
    ("app.norm(x)", "lib.norm(x)"),
    ("norm(x)", '"Norm"(x)'),
    ("x::integer", "x::numeric"),
    ("a BETWEEN 1 AND 2", "a BETWEEN 1 AND 3"),
    ("nextval('s')", "nextval('lib.s')"),
    ("a LIKE 'b'", "a ILIKE 'b'"),
    ("NOT a AND b", "NOT (a AND b)"),
    ("CASE WHEN a THEN 1 END", "CASE WHEN a THEN 1 ELSE 0 END"),
])  # fmt: skip
def test_different_things_stay_different(one: str, other: str) -> None:
    assert spelled(one, ("app",)) != spelled(other, ("app",))


def test_what_cannot_be_parsed_is_compared_as_it_stands() -> None:
    assert spelled("extract(year  FROM a)") == spelled("EXTRACT(year FROM a)")
    assert spelled("(" * 5000 + "a" + ")" * 5000) == spelled("( " * 5000 + "a" + " )" * 5000)
    assert spelled("'open  quote") == "'open quote"
    assert spelled("nextval( '' )") == 'nextval("")'


@pytest.mark.parametrize(("text", "written", "columns"), [
    ("lower(x) = 'a'", "lower ( x ) = 'a'", {}),
    ("pg_catalog.lower(t.x)", "pg_catalog . lower ( x )", {}),
    ("app.t.x > 0", "x > 0", {}),
    ("norm(x) = 'a'", "\"app.norm(x)\" = 'a'", {"app.norm(x)": "text"}),
    ("lib.norm(x)", '"lib.norm(x)"', {"lib.norm(x)": "text"}),
    ("public.round(x, 2) > 1", '"round(x,2)" > 1', {"round(x,2)": "numeric"}),
    ("mood_of(id)", '"mood_of(id)"', {"mood_of(id)": "name"}),
    ("far.f(x)", '"f(x)"', {"f(x)": "text"}),
    ("norm > 1 AND f IS NULL", "norm > 1 AND f IS NULL", {}),
    ("'a'::app.mood", "'a' :: name", {}),
    ("'{a}'::app.mood[]", "'{a}' :: name [ ]", {}),
    ("'a'::mood", "'a' :: name", {}),
    ("x::app.email", "x :: text", {}),
    ("CAST(x AS app.qty)", "CAST ( x AS integer )", {}),
    ("x::public.geometry(Point,4326)", "x :: text", {}),
    ("x::timestamp(3) with time zone", "x :: timestamp ( 3 ) with time zone", {}),
    ("x::double precision", "x :: double precision", {}),
    ("x::pg_catalog.varchar(20)", "x :: pg_catalog . varchar ( 20 )", {}),
    ('x COLLATE "C" < lib.y(x) COLLATE lib."de"', None, None),
    ('x COLLATE lib."de" < \'a\'', "x < 'a'", {}),
    ("nextval('public.s'::regclass)", '"nextval(public.s)"', {"nextval(public.s)": "bigint"}),
    ("'app.t'::regclass", '"regclass ""t"""', {'regclass "t"': "regclass"}),
    ("a OPERATOR(pg_catalog.+) 1", "a + 1", {}),
    ("a OPERATOR(app.~~) 'x'", "a ~~ 'x'", {}),
    ("a OPERATOR() 1", None, None),
    ("(place).city", "( place ) . city", {}),
    ("a IN (1, 2) AND x IN ('b')", "a IN ( 1 , 2 ) AND x IN ( 'b' )", {}),
    ("round(x, 2) > 1", "round ( x , 2 ) > 1", {}),
    ("to_tsvector('english', x)", r'to_tsvector ( "regconfig ""english""" , x )', None),
    ("to_tsvector('pg_catalog.english'::regconfig, x)",
     r'to_tsvector ( "regconfig ""english""" , x )', None),
    ("to_tsvector('far.fr'::regconfig, x)",
     r'to_tsvector ( "regconfig ""far"".""fr""" , x )', None),
    ("to_tsvector('a text')", "to_tsvector ( 'a text' )", {}),
    ("to_tsvector('a text'::text)", "to_tsvector ( 'a text' :: text )", {}),
    ("('t'::regclass).pg_partition_root", None, None),
    ("mood 'a' = m", "name 'a' = m", {}),
    ("nextval('far.s'::regclass)", '"nextval(far.s)"', None),
    ("nextval('')", '"nextval(app."""")"', None),
    ("''::regclass", '"regclass """""', None),
    ("lpad(x, 8, '0')", "lpad ( x , 8 , '0' )", {}),
    ("replace(x, ' ', '')", "replace ( x , ' ' , '' )", {}),
    ("satisfies_hash_partition(16384, 1, 0, 'a'::text)", None, None),
    ("pg_partition_root(16384) IS NULL", None, None),
    ("generate_series(1, 2) > 0", None, None),
    ("array_in('{a}', 16384, -1) IS NULL", None, None),
    ("pg_catalog.domain_in('a', 16384, -1) IS NULL", None, None),
    ("repeat('a', 100000000)", None, None),
    ("repeat('a', n)", None, None),
    ("repeat('a' COLLATE \"C\", 100000000)", None, None),
    ("10::numeric ^ 131000", None, None),
    ("odd(x)", None, None),
    ("lib.unknown(x)", None, None),
    ("(SELECT 1)", None, None),
    ("app.mood 'a'", None, None),
    ("other.y > 1", None, None),
    ("t.*", None, None),
    ("x::", None, None),
    ("x::pg_catalog.app.email", "x :: text", {}),
    ("pg_catalog.app.norm(x)", '"app.norm(x)"', {"app.norm(x)": "text"}),
])  # fmt: skip
def test_only_built_in_parts_are_left(
    text: str, written: str | None, columns: dict[str, str] | None
) -> None:
    if written is None:
        with pytest.raises(UnreadableError):
            restrict(text, ("app", "t"), VOCABULARY)
        return
    restricted = restrict(text, ("app", "t"), VOCABULARY)
    assert restricted.text == written
    assert columns is None or restricted.columns == columns


@pytest.mark.parametrize(("type_", "asked"), [
    ("geometry(Point,4326)", "NULL::geometry ( Point , 4326 )[]"),
    ('app."Odd"[]', 'NULL::app . "Odd" [ ]'),
    ("timestamp(3) with time zone", "NULL::timestamp ( 3 ) with time zone[]"),
    ("numeric(5,-2)", "NULL::numeric ( 5 , - 2 )[]"),
    ("text AS y, evil(1)", None),
    ("x(evil())", None),
    ("integer DEFAULT 1", None),
    ("text) AS x, (evil(1)", None),
    ("", None),
])  # fmt: skip
def test_a_type_is_asked_about_by_its_name_only(type_: str, asked: str | None) -> None:
    expression = Expression("app", "t", type_, is_type=True)
    if asked is None:
        with pytest.raises(UnreadableError):
            Questions(VOCABULARY).of(expression, {})
    else:
        assert Questions(VOCABULARY).of(expression, {}).text.endswith(f" SELECT {asked} AS x")


def test_calls_beside_each_other_do_not_multiply() -> None:
    many = " AND ".join(f"length(replace(x, ' ', '{n}')) = length(substr(x, {n}, 1))"
                        for n in range(50))  # fmt: skip
    assert restrict(many, ("app", "t"), VOCABULARY).columns == {}
    for call in ("replace({}, 'a', 'aa')", "({})::bytea::text", "substr({}, 2)"):
        text = "x"
        for _ in range(14):
            text = call.format(text)
        with pytest.raises(UnreadableError, match="could be very large"):
            restrict(text, ("app", "t"), VOCABULARY)


def test_a_call_that_is_longer_than_a_name_keeps_its_difference() -> None:
    first, second = (
        restrict(f"norm('{'a' * 80}{end}')", ("app", "t"), VOCABULARY).columns for end in "xy"
    )
    assert first != second
    assert {len(name) for name in (*first, *second)} == {63}


def test_nothing_is_asked_where_a_hazard_is_known() -> None:
    with pytest.raises(UnreadableError, match="implements the cast text AS integer"):
        restrict("id > 0", ("app", "t"), Vocabulary(hazards=("the cast text AS integer",)))


def test_types_are_stood_for_by_what_they_are_made_of() -> None:
    objects = {
        "enum": (Enum(schema="app", name="Mood", labels=("a",)),),
        "domain": (
            Domain(schema="app", name="small", type="numeric(5,2)"),
            Domain(schema="app", name="wrapped", type="app.small"),
            Domain(schema="app", name="many", type="app.wrapped[]"),
            Domain(schema="app", name="away", type="lib.thing"),
        ),
    }
    side = Schema(source="database", name="x", default_schema="app", objects=objects)
    made = Vocabulary(types=stand_ins(side))
    assert made.stand_in('app."Mood"[]') == "name[]"
    assert made.stand_in("app.wrapped") == "numeric(5,2)"
    assert made.stand_in("app.many") == "numeric(5,2)[]"
    assert made.stand_in("app.away") == "text"
    assert made.stand_in("wrapped") == "numeric(5,2)"
    assert made.stand_in("character varying(20)[]") == "character varying(20)[]"
    assert made.stand_in('"char"') == '"char"'
