"""Expressions over types, functions and operators of extensions, of which the server is not asked.

It is asked about built-in ones in their place; what it cannot read then is compared as text.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.programs import lacking
from tests.servers import Database, create_all
from tests.system.checking import check, found

EXTENSIONS = ("citext", "hstore", "pg_trgm", "ltree", "btree_gist", "unaccent")
SETUP = """
CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT public.unaccent('public.unaccent', $1) $$;
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE DOMAIN email AS citext CHECK (VALUE ~ '@');
"""
MADE = {"warning extra-domain public.email", "warning extra-domain public.posint"}


class Named(sa.types.UserDefinedType[Any]):
    """A type by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


CHECKS = {
    "citext": "c IN ('a', 'b') OR c LIKE 'x%'",
    "hstore": "h ? 'k' AND (h -> 'k') <> 'v'",
    "ltree": "l <@ 'a' OR nlevel(l) > 2",
    "trigrams": "similarity(s, 'abc') > 0.3 AND s % 'abc'",
    "enum": "m IN ('a', 'b') AND m <> 'c'",
    "enum array": "'a' = ANY(ms) AND ms <@ ARRAY['a', 'b']::mood[]",
    "domain": "p > 0 AND p BETWEEN 1 AND 100",
    "domain over citext": "e LIKE '%@%' AND lower(e) <> 'x'",
    "enum as text": "m::text ~ 'a'",
    "own function": "f_unaccent(s) IN ('a', 'b') AND length(f_unaccent(s)) BETWEEN 1 AND 3",
    "case": "CASE WHEN m = 'a' THEN s IS NOT NULL ELSE true END",
}


def declared(**changed: str) -> sa.MetaData:
    metadata = sa.MetaData()
    mood = sa.Enum("a", "b", "c", name="mood")
    sa.Table(
        "t", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("c", Named("CITEXT"), server_default="Abc"),
        sa.Column("h", pg.HSTORE, server_default=""),
        sa.Column("l", Named("ltree"), server_default="a.b"),
        sa.Column("s", sa.String(20)),
        sa.Column("m", mood, server_default="a", nullable=False),
        sa.Column("ms", pg.ARRAY(mood), server_default=sa.text("ARRAY['a', 'b']::mood[]")),
        sa.Column("e", Named("email"), server_default="x@y"),
        sa.Column("p", Named("posint"), server_default="1"),
        sa.Column("g", sa.Text, sa.Computed(
            "lower(f_unaccent(s)) || '-' || coalesce(c::text, '')", persisted=True)),
        *(sa.CheckConstraint(changed.get(name.replace(" ", "_"), text), name=name)
          for name, text in CHECKS.items()),
        sa.Index("i1", sa.text("lower(f_unaccent(s))")),
        sa.Index("i2", sa.text("(h -> 'k')")),
        sa.Index("i3", sa.text("f_unaccent(lower(s)) gin_trgm_ops"), postgresql_using="gin"),
        sa.Index("i4", sa.text("((h -> 'k')::int)"), postgresql_where=sa.text("h ? 'k'")),
        sa.Index("i5", "id", postgresql_where=sa.text("m = 'a' AND c = 'x'")),
        pg.ExcludeConstraint((sa.column("p"), "="), where=sa.text("m = 'a'"), name="x1"),
    )  # fmt: skip
    return metadata


@pytest.fixture
def extended(database: Database) -> Database:
    """A database with extensions, in which the models were created."""
    known = {name for (name,) in database.fetch("SELECT name FROM pg_available_extensions")}
    if not known.issuperset(EXTENSIONS):
        lacking("the contrib modules of PostgreSQL")
    database.execute("".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS) + SETUP)
    create_all(declared(), database.url)
    return database


def test_what_extensions_bring_is_in_sync_as_it_was_created(extended: Database) -> None:
    assert set(found(extended.url, declared())) == MADE


@pytest.mark.parametrize(("name", "text"), [
    ("citext", "c IN ('a', 'b') OR c LIKE 'y%'"),
    ("hstore", "h ? 'k' AND (h -> 'k') <> 'w'"),
    ("ltree", "l @> 'a' OR nlevel(l) > 2"),
    ("trigrams", "similarity(s, 'abd') > 0.3 AND s % 'abc'"),
    ("enum", "m IN ('a', 'c') AND m <> 'c'"),
    ("enum_array", "'b' = ANY(ms) AND ms <@ ARRAY['a', 'b']::mood[]"),
    ("domain_over_citext", "e LIKE '%@%' AND upper(e) <> 'x'"),
    ("enum_as_text", "m ~ 'a'"),
    ("own_function", "f_unaccent(s) IN ('a', 'b') AND length(f_unaccent(s)) BETWEEN 1 AND 4"),
])  # fmt: skip
def test_what_differs_in_them_is_found(extended: Database, name: str, text: str) -> None:
    findings = check(extended.url, declared(**{name: text})).findings
    [one] = [f for f in findings if f.rule == "check-mismatch"]
    assert one.object.name == name.replace("_", " ")
