"""Mutations of the keys of indexes: operator classes, their parameters, orders and collations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.DateTime),
        sa.Column("s", sa.Text),
        sa.Column("c", sa.String(20, collation="C")),
        sa.Column("n", pg.OID),
        sa.Column("doc", pg.JSONB),
        sa.Column("words", pg.TSVECTOR),
        sa.Column("the_key", sa.Text, key="other"),
    )
    column = table.c

    def index(name: str, *keys: object, using: str = "btree", **options: object) -> None:
        made = {f"postgresql_{key}": value for key, value in options.items()}
        sa.Index(name, *keys, _table=table, postgresql_using=using, **made)  # type: ignore[arg-type]

    index("ix_way", column.a, column.b, ops={"b": "DESC"})
    index("ix_class", column.s, column.a, ops={"s": "text_pattern_ops DESC NULLS LAST"})
    index("ix_key", column.other, ops={"other": "text_pattern_ops ASC"})
    index("ix_label", sa.func.lower(column.s).label("low"), ops={"low": "text_pattern_ops"})
    index(
        "ix_brin", column.a, using="brin", ops={"a": "int4_minmax_multi_ops(values_per_range=16)"}
    )
    index("ix_gist", column.words, using="gist", ops={"words": "tsvector_ops (SIGLEN = '100')"})
    index("ix_texts", sa.text("a, b DESC"))
    index("ix_calls", sa.text("lower(s), coalesce(a, 0), (s || ', (')"))
    index("ix_doc", sa.text("(doc->'x')jsonb_path_ops"), using="gin")
    index("ix_expr", sa.func.lower(column.s).collate("C"))
    index("ix_own", sa.func.lower(column.c), sa.func.upper(column.s))
    index("ix_same", sa.collate(column.c, "C"), sa.collate(column.s, "default"))
    index("ix_part", sa.text('(s || c COLLATE "POSIX")'))
    index("ix_name", sa.text("(s::name)"), sa.text('(s::varchar COLLATE "C")'))
    index("ix_in", column.a, include=["other"])
    table.append_constraint(
        pg.ExcludeConstraint((column.a, "="), using="btree", name="ex", ops={"a": "int4_ops DESC"})
    )
    return metadata


def _again(name: str, keys: str) -> tuple[str, str]:
    return f"{name} {keys}", f"DROP INDEX {name}; CREATE INDEX {name} ON t {keys}"


def _changed(name: str, keys: str) -> tuple[str, str, str]:
    return (*_again(name, keys), f"warning index-mismatch public.t.{name}")


CASES = cases(
    "index key",
    declared,
    _changed("ix_way", "(a, b)"),
    _changed("ix_way", "(a, b DESC NULLS LAST)"),
    _changed("ix_way", "(a DESC, b DESC)"),
    _changed("ix_class", "(s text_pattern_ops, a)"),
    _changed("ix_class", "(s DESC NULLS LAST, a)"),
    _changed("ix_key", "(the_key)"),
    _changed("ix_key", "(the_key text_pattern_ops DESC)"),
    _changed("ix_label", "(lower(s))"),
    _changed("ix_brin", "USING brin (a int4_minmax_multi_ops)"),
    _changed("ix_brin", "USING brin (a int4_minmax_multi_ops (values_per_range = 32))"),
    _changed("ix_brin", "USING brin (a int4_minmax_ops)"),
    _changed("ix_gist", "USING gist (words)"),
    _changed("ix_gist", "USING gist (words tsvector_ops (siglen = 200))"),
    _changed("ix_texts", "(a, b)"),
    _changed("ix_texts", "(b DESC, a)"),
    _changed("ix_texts", "(a)"),
    _changed("ix_calls", "(lower(s), coalesce(a, 1), (s || ', ('))"),
    _changed("ix_calls", "(lower(s), coalesce(a, 0))"),
    _again("ix_calls", "((lower((s))), COALESCE(a, 0), ((s || ', (')))"),
    _changed("ix_doc", "USING gin ((doc->'x'))"),
    _changed("ix_doc", "USING gin ((doc->'y') jsonb_path_ops)"),
    _changed("ix_expr", "(lower(s))"),
    _changed("ix_expr", '(lower(s) COLLATE "POSIX")'),
    _changed("ix_own", '(lower(c) COLLATE "POSIX", upper(s))'),
    _again("ix_own", '(lower(c) COLLATE "C", upper(s))'),
    _changed("ix_same", '(c COLLATE "POSIX", s)'),
    _changed("ix_same", '(c, s COLLATE "C")'),
    _again("ix_same", "(c, s)"),
    _changed("ix_part", "((s || c))"),
    _changed("ix_name", "((s::name), (s::varchar))"),
    _changed("ix_in", "(a) INCLUDE (s)"),
    _changed("ix_in", "(a)"),
    ("exclusion in another order",
     "ALTER TABLE t DROP CONSTRAINT ex; ALTER TABLE t ADD CONSTRAINT ex EXCLUDE (a WITH =)",
     "error exclusion-mismatch public.t.ex"),
    ("a collated column without an index key is no reason",
     'DROP INDEX ix_label; CREATE INDEX ix_label ON t (lower(s) COLLATE "C" text_pattern_ops)',
     "warning index-mismatch public.t.ix_label"),
)  # fmt: skip
