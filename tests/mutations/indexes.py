"""Mutations of indexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases
from tests.versions import SQLALCHEMY


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Integer, index=True),
        sa.Column("b", sa.Integer),
        sa.Column("name", sa.Text),
        sa.Column("email", sa.String(50), unique=True, index=True),
        sa.Column("doc", pg.JSONB),
    )
    sa.Index("ix_pair", table.c.a, table.c.b)
    sa.Index("ix_lower", sa.func.lower(table.c.name))
    sa.Index("ix_part", table.c.b, postgresql_where=table.c.a > 5)
    sa.Index("ix_doc", table.c.doc, postgresql_using="gin")
    sa.Index("ix_desc", table.c.b.desc())
    sa.Index("ix_like", table.c.name, postgresql_ops={"name": "text_pattern_ops"})
    sa.Index("ix_with", table.c.b, table.c.a, postgresql_include=["name"])
    sa.Index("ix_fill", table.c.a, table.c.name, postgresql_with={"fillfactor": 50})
    sa.Index("ix_sort", sa.collate(table.c.email, "C"))
    options: Any = {"postgresql_nulls_not_distinct": True} if SQLALCHEMY >= (2, 0, 16) else {}
    sa.Index("ix_nulls", table.c.b, table.c.name, unique=True, **options)
    return metadata


def _again(name: str, sql: str) -> str:
    return f"DROP INDEX {name}; CREATE {sql.replace('@', f'{name} ON t')}"


def _changed(name: str, severity: str = "warning") -> str:
    return f"{severity} index-mismatch public.t.{name}"


CASES = cases(
    "index",
    declared,
    ("dropped", "DROP INDEX ix_pair", "warning missing-index public.t.ix_pair"),
    ("unique dropped", "DROP INDEX ix_t_email", "error missing-index public.t.ix_t_email"),
    ("added", "CREATE INDEX ix_new ON t (name)", "warning extra-index public.t.ix_new"),
    ("unique added", "CREATE UNIQUE INDEX ix_new ON t (a)", "warning extra-index public.t.ix_new"),
    ("renamed", "ALTER INDEX ix_pair RENAME TO ix_other", _changed("ix_other", "info")),
    ("over other columns", _again("ix_pair", "INDEX @ (a)"), _changed("ix_pair")),
    ("in another order", _again("ix_pair", "INDEX @ (b, a)"), _changed("ix_pair")),
    ("another expression", _again("ix_lower", "INDEX @ (upper(name))"), _changed("ix_lower")),
    ("the same expression", _again("ix_lower", "INDEX @ ((lower((name)::text)))")),
    ("another predicate", _again("ix_part", "INDEX @ (b) WHERE a > 6"), _changed("ix_part")),
    ("no predicate", _again("ix_part", "INDEX @ (b)"), _changed("ix_part")),
    ("a predicate added", _again("ix_pair", "INDEX @ (a, b) WHERE a > 0"), _changed("ix_pair")),
    ("another method", _again("ix_t_a", "INDEX @ USING hash (a)"), _changed("ix_t_a")),
    ("no longer unique", _again("ix_t_email", "INDEX @ (email)"), _changed("ix_t_email", "error")),
    ("became unique", _again("ix_pair", "UNIQUE INDEX @ (a, b)"), _changed("ix_pair", "error")),
    ("no INCLUDE", _again("ix_with", "INDEX @ (b, a)"), _changed("ix_with")),
    ("another INCLUDE", _again("ix_with", "INDEX @ (b, a) INCLUDE (email)"), _changed("ix_with")),
    ("no operator class", _again("ix_like", "INDEX @ (name)"), _changed("ix_like")),
    ("another operator class", _again("ix_doc", "INDEX @ USING gin (doc jsonb_path_ops)"),
     _changed("ix_doc")),
    ("its default operator class", _again("ix_pair", "INDEX @ (a int4_ops, b)")),
    ("ascending", _again("ix_desc", "INDEX @ (b)"), _changed("ix_desc")),
    ("NULLS LAST", _again("ix_desc", "INDEX @ (b DESC NULLS LAST)"), _changed("ix_desc")),
    ("descending", _again("ix_t_a", "INDEX @ (a DESC)"), _changed("ix_t_a")),
    ("no collation", _again("ix_sort", "INDEX @ (email)"), _changed("ix_sort")),
    ("another collation", _again("ix_sort", 'INDEX @ (email COLLATE "POSIX")'),
     _changed("ix_sort")),
    ("NULLs are different", _again("ix_nulls", "UNIQUE INDEX @ (b, name)"),
     _changed("ix_nulls", "error"), {"server": 15, "sqlalchemy": (2, 0, 16)}),
    ("another storage parameter", "ALTER INDEX ix_fill SET (fillfactor = 90)",
     _changed("ix_fill", "info")),
    ("a storage parameter reset", "ALTER INDEX ix_fill RESET (fillfactor)",
     _changed("ix_fill", "info")),
    ("a storage parameter that no model sets", "ALTER INDEX ix_pair SET (fillfactor = 90)"),
    ("a unique constraint in its place",
     "DROP INDEX ix_t_email; ALTER TABLE t ADD CONSTRAINT ix_t_email UNIQUE (email)",
     "warning unique-mismatch public.t.ix_t_email"),
    ("INVALID",
     "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_pair'::regclass",
     "error invalid-index public.t.ix_pair"),
    ("INVALID and left over",
     "CREATE INDEX ix_pair_ccnew ON t (a, b); UPDATE pg_index SET indisvalid = false"
     " WHERE indexrelid = 'ix_pair_ccnew'::regclass",
     "warning extra-index public.t.ix_pair_ccnew"),
)  # fmt: skip
if SQLALCHEMY >= (2, 0):
    CASES = [case._replace(server=max(case.server, 15)) for case in CASES]
