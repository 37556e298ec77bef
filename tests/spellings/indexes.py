"""Indexes as models and databases spell them; a severity where the two differ."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.spellings.row import Row

COLUMNS = (
    "a timestamp, b int, s text, v varchar(20), n int, d date, j jsonb, arr text[], z timestamptz"
)


def key(*keys: Any, **options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what Index() takes after its name."""
    return keys, options


INDEXES = {
    "at tz": Row(lambda t: key(sa.text("timezone('utc', z)")), "((z AT TIME ZONE 'utc'))"),
    "at tz func": Row(lambda t: key(sa.func.timezone("utc", t.c.z)), "((z AT TIME ZONE 'utc'))"),
    "date trunc": Row(lambda t: key(sa.func.date_trunc("day", t.c.a)), "(date_trunc('day', a))"),
    "where trim": Row(
        lambda t: key(t.c.n, postgresql_where=sa.text("trim(s) <> ''")), "(n) WHERE btrim(s) <> ''"
    ),
    "where trim d": Row(
        lambda t: key(t.c.n, postgresql_where=sa.text("trim(s) <> ''")),
        "(n) WHERE rtrim(s) <> ''",
        "warning",
    ),
    "lower": Row(lambda t: key(sa.func.lower(t.c.v)), "(lower(v))"),
    "lower text": Row(lambda t: key(sa.text("lower(v)")), "(lower((v)::text))"),
    "lower d": Row(lambda t: key(sa.func.lower(t.c.v)), "(upper(v))", "warning"),
    "lower ops": Row(
        lambda t: key(sa.func.lower(t.c.v).label("x"), postgresql_ops={"x": "text_pattern_ops"}),
        "(lower(v) text_pattern_ops)",
    ),
    "lower ops d": Row(
        lambda t: key(sa.func.lower(t.c.v).label("x"), postgresql_ops={"x": "text_pattern_ops"}),
        "(lower(v))",
        "warning",
    ),
    "desc nl": Row(lambda t: key(t.c.n.desc().nullslast()), "(n DESC NULLS LAST)"),
    "desc nf": Row(lambda t: key(t.c.n.desc().nullsfirst()), "(n DESC)"),
    "asc nf": Row(lambda t: key(t.c.n.asc().nullsfirst()), "(n NULLS FIRST)"),
    "asc nl": Row(lambda t: key(t.c.n.asc().nullslast()), "(n)"),
    "desc text": Row(lambda t: key(sa.text("n DESC")), "(n DESC)"),
    "desc() of lower": Row(lambda t: key(sa.func.lower(t.c.v).desc()), "(lower(v) DESC)"),
    "ops desc": Row(lambda t: key("n", "d", postgresql_ops={"d": "desc"}), "(n, d DESC)"),
    "ops desc nulls": Row(
        lambda t: key("v", postgresql_ops={"v": "varchar_pattern_ops DESC NULLS LAST"}),
        "(v varchar_pattern_ops DESC NULLS LAST)",
    ),
    "ops asc": Row(lambda t: key("n", postgresql_ops={"n": "ASC"}), "(n)"),
    "ops collate": Row(lambda t: key("s", postgresql_ops={"s": 'COLLATE "C"'}), '(s COLLATE "C")'),
    "ops collate+": Row(
        lambda t: key("s", postgresql_ops={"s": 'COLLATE "C" text_pattern_ops DESC'}),
        '(s COLLATE "C" text_pattern_ops DESC)',
    ),
    "ops drift": Row(lambda t: key("n", "d", postgresql_ops={"d": "desc"}), "(n, d)", "warning"),
    "coalesce": Row(lambda t: key(sa.func.coalesce(t.c.n, 0)), "(COALESCE(n, 0))"),
    "cast date": Row(lambda t: key(sa.cast(t.c.a, sa.Date)), "((a::date))"),
    "cast date paren": Row(lambda t: key(sa.text("(a::date)")), "(CAST(a AS date))"),
    "json path": Row(lambda t: key(sa.text("(j->>'x')")), "((j ->> 'x'))"),
    "json astext": Row(lambda t: key(t.c.j["x"].astext), "((j ->> 'x'))"),
    "json nested": Row(lambda t: key(t.c.j[("a", "b")].astext), "((j #>> '{a,b}'))"),
    "gin jb path ops glued": Row(
        lambda t: key(sa.text("(j->'x')jsonb_path_ops"), postgresql_using="gin"),
        "USING gin ((j -> 'x') jsonb_path_ops)",
    ),
    "gin expr ops": Row(
        lambda t: key(sa.text("(j->'x') jsonb_path_ops"), postgresql_using="GIN"),
        "USING gin ((j -> 'x') jsonb_path_ops)",
    ),
    "gin arr": Row(lambda t: key("arr", postgresql_using="gin"), "USING gin (arr)"),
    "gin arr array_ops": Row(
        lambda t: key("arr", postgresql_using="gin", postgresql_ops={"arr": "array_ops"}),
        "USING gin (arr)",
    ),
    "gin d": Row(
        lambda t: key("arr", postgresql_using="gin"), "USING gin (arr) WITH (fastupdate=off)"
    ),
    "gin with": Row(
        lambda t: key("arr", postgresql_using="gin", postgresql_with={"fastupdate": False}),
        "USING gin (arr) WITH (fastupdate=off)",
    ),
    "gin with2": Row(
        lambda t: key("arr", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        "USING gin (arr) WITH (fastupdate=false)",
    ),
    "btree with": Row(
        lambda t: key("n", postgresql_with={"fillfactor": 70}), "(n) WITH (fillfactor='70')"
    ),
    "brin": Row(
        lambda t: key("n", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
        "USING brin (n) WITH (pages_per_range=32)",
    ),
    "hash": Row(lambda t: key("n", postgresql_using="hash"), "USING hash (n)"),
    "concat": Row(lambda t: key(t.c.s + " " + t.c.v), "((s || ' ' || v))"),
    "concat ws?": Row(lambda t: key(sa.text("(s || ' '::text)")), "((s || ' '))"),
    "several text": Row(lambda t: key(sa.text("n, d DESC, lower(s)")), "(n, d DESC, lower(s))"),
    "several text2": Row(
        lambda t: key(sa.text("n"), sa.text("d DESC NULLS LAST")), "(n, d DESC NULLS LAST)"
    ),
    "text quoted": Row(lambda t: key(sa.text('"n"')), "(n)"),
    "text upper": Row(lambda t: key(sa.text("N")), "(n)"),
    "t": Row(lambda t: key(sa.text("t.n")), "(n)"),
    "literal_column": Row(lambda t: key(sa.literal_column("n").desc()), "(n DESC)"),
    "column() desc": Row(lambda t: key(sa.column("n").desc()), "(n DESC)"),
    "include": Row(lambda t: key("n", postgresql_include=["s", "d"]), "(n) INCLUDE (s, d)"),
    "include col": Row(lambda t: key("n", postgresql_include=[t.c.s]), "(n) INCLUDE (s)"),
    "include order": Row(
        lambda t: key("n", postgresql_include=["s", "d"]), "(n) INCLUDE (d, s)", "warning"
    ),
    "where is": Row(lambda t: key("n", postgresql_where=t.c.s.is_(None)), "(n) WHERE s IS NULL"),
    "where isnot": Row(
        lambda t: key("n", postgresql_where=t.c.s.isnot(None)), "(n) WHERE s IS NOT NULL"
    ),
    "where in": Row(
        lambda t: key("n", postgresql_where=t.c.s.in_(["a", "b"])), "(n) WHERE s IN ('a','b')"
    ),
    "where and": Row(
        lambda t: key("n", postgresql_where=sa.and_(t.c.s.isnot(None), t.c.n > 5)),
        "(n) WHERE s IS NOT NULL AND n > 5",
    ),
    "where or_": Row(
        lambda t: key("n", postgresql_where=sa.or_(t.c.s.isnot(None), t.c.n > 5)),
        "(n) WHERE s IS NOT NULL OR n > 5",
    ),
    "where str": Row(lambda t: key("n", postgresql_where="n > 5"), "(n) WHERE n > 5"),
    "where true": Row(
        lambda t: key("n", postgresql_where=t.c.s == sa.text("'x'")), "(n) WHERE s = 'x'"
    ),
    "where not": Row(
        lambda t: key("n", postgresql_where=~t.c.s.like("a%")), "(n) WHERE s NOT LIKE 'a%'"
    ),
    "uq coalesce": Row(
        lambda t: key(t.c.n, sa.func.coalesce(t.c.s, ""), unique=True), "(n, COALESCE(s, ''))"
    ),
    "uq coalesce 2arg": Row(
        lambda t: key(t.c.n, sa.func.coalesce(t.c.s, ""), unique=True), "(n)", "error"
    ),
    "uq nnd": Row(
        lambda t: key("n", unique=True, postgresql_nulls_not_distinct=True),
        "(n) NULLS NOT DISTINCT",
        server=15,
    ),
    "uq nnd lost": Row(
        lambda t: key("n", unique=True, postgresql_nulls_not_distinct=True),
        "(n)",
        "error",
        server=15,
    ),
    "tsvector lit": Row(
        lambda t: key(sa.func.to_tsvector(sa.text("'english'"), t.c.s), postgresql_using="gin"),
        "USING gin (to_tsvector('english'::regconfig, s))",
    ),
    "extract": Row(lambda t: key(sa.extract("year", t.c.a)), "(EXTRACT(year FROM a))"),
    "extract text": Row(lambda t: key(sa.text("extract(year from a)")), "(EXTRACT(year FROM a))"),
    "collate key": Row(lambda t: key(t.c.s.collate("C")), '(s COLLATE "C")'),
    "collate lower": Row(
        lambda t: key(sa.func.lower(t.c.s).collate("C")), '(lower(s) COLLATE "C")'
    ),
    "collate lower lost": Row(
        lambda t: key(sa.func.lower(t.c.s).collate("C")), "(lower(s))", "warning"
    ),
    "case": Row(
        lambda t: key(sa.case((t.c.n > 5, t.c.s), else_=None)),
        "((CASE WHEN n > 5 THEN s ELSE NULL END))",
    ),
    "tuple": Row(lambda t: key(t.c.n % 10), "((n % 10))"),
    "func nested": Row(lambda t: key(sa.func.md5(sa.func.lower(t.c.s))), "(md5(lower(s)))"),
    "abs": Row(lambda t: key(sa.func.abs(t.c.n)), "(abs(n))"),
    "digest expr": Row(lambda t: key(sa.text("md5(s), n"), unique=True), "(md5(s), n)"),
    "coalesce date": Row(
        lambda t: key(sa.text("coalesce(d, '1970-01-01'::date)")),
        "(COALESCE(d, '1970-01-01'::date))",
    ),
    "unique, other col": Row(lambda t: key(t.c.a, unique=True), "(b)", "error"),
    "unique, more cols": Row(lambda t: key(t.c.a, unique=True), "(a, b)", "error"),
    "unique, fewer": Row(lambda t: key(t.c.a, t.c.b, unique=True), "(a)", "error"),
    "unique, reordered": Row(lambda t: key(t.c.a, t.c.b, unique=True), "(b, a)", "warning"),
    "unique, expr lost": Row(lambda t: key(sa.func.lower(t.c.s), unique=True), "(s)", "error"),
    "unique, expr changed": Row(
        lambda t: key(sa.func.lower(t.c.s), unique=True), "(upper(s))", "error"
    ),
    "unique, expr gained": Row(lambda t: key(t.c.s, unique=True), "(lower(s))", "error"),
    "unique, partial live": Row(lambda t: key(t.c.a, unique=True), "(a) WHERE b > 0", "error"),
    "unique, partial declared": Row(
        lambda t: key(t.c.a, postgresql_where=sa.text("b > 0"), unique=True), "(a)", "error"
    ),
    "unique, partial changed": Row(
        lambda t: key(t.c.a, postgresql_where=sa.text("b > 0"), unique=True),
        "(a) WHERE b > 1",
        "error",
    ),
    "unique, desc": Row(lambda t: key(t.c.a.desc(), unique=True), "(a)", "warning"),
    "unique, opclass": Row(
        lambda t: key(t.c.s, postgresql_ops={"s": "text_pattern_ops"}, unique=True),
        "(s)",
        "warning",
    ),
    "unique, include": Row(
        lambda t: key(t.c.a, postgresql_include=["b"], unique=True), "(a)", "warning"
    ),
    "unique, include became key": Row(
        lambda t: key(t.c.a, postgresql_include=["b"], unique=True), "(a, b)", "error"
    ),
    "unique, not unique": Row(lambda t: key(t.c.a, unique=True), "(a)", "error", plain=True),
    "unique, not unique + other": Row(
        lambda t: key(t.c.a, unique=True), "(b)", "error", plain=True
    ),
}
