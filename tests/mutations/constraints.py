"""Mutations of primary keys, unique, check and exclusion constraints."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases
from tests.versions import SQLALCHEMY


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("b", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("c", sa.Integer, nullable=False),
        sa.Column("d", sa.Integer, nullable=False),
        sa.Column("email", sa.String(20), unique=True),
        sa.Column("span", pg.INT4RANGE),
        sa.UniqueConstraint("c", "d", name="uq_named"),
        sa.CheckConstraint("c > 0 AND c < 100", name="ck_range"),
        sa.CheckConstraint("d IN (1, 2, 3)"),
        sa.CheckConstraint("email LIKE '%@%'", name="ck_mail"),
        pg.ExcludeConstraint((sa.column("span"), "&&"), name="ex_span"),
        sa.UniqueConstraint("d", "a", name="uq_later", deferrable=True, initially="DEFERRED"),
    )
    options: Any = {"postgresql_nulls_not_distinct": True} if SQLALCHEMY >= (2, 0, 16) else {}
    sa.Table(
        "one", metadata, sa.Column("x", sa.Integer), sa.UniqueConstraint("x", **options)
    )  # fmt: skip
    return metadata


def _again(name: str, sql: str) -> str:
    return f"ALTER TABLE t DROP CONSTRAINT {name}; ALTER TABLE t ADD CONSTRAINT {name} {sql}"


CASES = cases(
    "constraint",
    declared,
    ("primary key dropped", "ALTER TABLE t DROP CONSTRAINT t_pkey",
     "error missing-primary-key public.t.t_pkey"),
    ("primary key over other columns", _again("t_pkey", "PRIMARY KEY (a, c)"),
     "error primary-key-mismatch public.t.t_pkey"),
    ("primary key in another order", _again("t_pkey", "PRIMARY KEY (b, a)"),
     "warning primary-key-mismatch public.t.t_pkey"),
    ("primary key renamed", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_key"),
    ("primary key added", "ALTER TABLE one ADD id serial; ALTER TABLE one ADD PRIMARY KEY (id)",
     "warning extra-column public.one.id", "warning extra-primary-key public.one.one_pkey"),
    ("primary key with INCLUDE", _again("t_pkey", "PRIMARY KEY (a, b) INCLUDE (c)"),
     "warning primary-key-mismatch public.t.t_pkey"),
    ("unique with INCLUDE", _again("uq_named", "UNIQUE (c, d) INCLUDE (b)"),
     "warning unique-mismatch public.t.uq_named"),
    ("unique dropped", "ALTER TABLE t DROP CONSTRAINT t_email_key",
     "error missing-unique public.t.t_email_key"),
    ("unique renamed, no name declared",
     "ALTER TABLE t RENAME CONSTRAINT t_email_key TO mail_once"),
    ("unique renamed", "ALTER TABLE t RENAME CONSTRAINT uq_named TO uq_other",
     "info unique-mismatch public.t.uq_other"),
    ("unique over other columns", _again("uq_named", "UNIQUE (c, b)"),
     "error unique-mismatch public.t.uq_named"),
    ("unique in another order", _again("uq_named", "UNIQUE (d, c)"),
     "warning unique-mismatch public.t.uq_named"),
    ("unique added", "ALTER TABLE t ADD CONSTRAINT uq_new UNIQUE (c)",
     "warning extra-unique public.t.uq_new"),
    ("unique became deferrable", _again("uq_named", "UNIQUE (c, d) DEFERRABLE"),
     "warning unique-mismatch public.t.uq_named"),
    ("unique is no longer deferrable", _again("uq_later", "UNIQUE (d, a)"),
     "warning unique-mismatch public.t.uq_later"),
    ("unique takes NULLs as equal", _again("uq_named", "UNIQUE NULLS NOT DISTINCT (c, d)"),
     "error unique-mismatch public.t.uq_named", {"server": 15}),
    ("unique takes NULLs as different",
     "ALTER TABLE one DROP CONSTRAINT one_x_key; ALTER TABLE one ADD UNIQUE (x)",
     "error unique-mismatch public.one.one_x_key", {"server": 15, "sqlalchemy": (2, 0, 16)}),
    ("a unique index instead of the constraint",
     "ALTER TABLE t DROP CONSTRAINT uq_named; CREATE UNIQUE INDEX uq_named ON t (c, d)",
     "warning unique-mismatch public.t.uq_named"),
    ("check dropped", "ALTER TABLE t DROP CONSTRAINT ck_range",
     "error missing-check public.t.ck_range"),
    ("check without a name dropped", "ALTER TABLE t DROP CONSTRAINT t_d_check",
     "error missing-check public.t.t_d_check"),
    ("check changed", _again("ck_range", "CHECK (c > 0 AND c < 1000)"),
     "error check-mismatch public.t.ck_range"),
    ("check without a name changed", _again("t_d_check", "CHECK (d IN (1, 2))"),
     "error check-mismatch public.t.t_d_check"),
    ("check spelled otherwise", _again("ck_mail", "CHECK (email ~~ '%@%'::text)")),
    ("check renamed", "ALTER TABLE t RENAME CONSTRAINT ck_range TO ck_other",
     "info check-mismatch public.t.ck_other"),
    ("check added", "ALTER TABLE t ADD CONSTRAINT ck_new CHECK (d > 0)",
     "warning extra-check public.t.ck_new"),
    ("check NOT VALID", _again("ck_range", "CHECK (c > 0 AND c < 100) NOT VALID"),
     "warning not-validated-constraint public.t.ck_range"),
    ("check NO INHERIT", _again("ck_range", "CHECK (c > 0 AND c < 100) NO INHERIT"),
     "warning check-mismatch public.t.ck_range"),
    ("check NOT ENFORCED", _again("ck_range", "CHECK (c > 0 AND c < 100) NOT ENFORCED"),
     "error check-mismatch public.t.ck_range", {"server": 18}),
    ("exclusion dropped", "ALTER TABLE t DROP CONSTRAINT ex_span",
     "error missing-exclusion public.t.ex_span"),
    ("exclusion by another operator", _again("ex_span", "EXCLUDE USING gist (span WITH -|-)"),
     "error exclusion-mismatch public.t.ex_span"),
    ("exclusion for some rows",
     _again("ex_span", "EXCLUDE USING gist (span WITH &&) WHERE (c > 5)"),
     "error exclusion-mismatch public.t.ex_span"),
    ("exclusion added", "ALTER TABLE one ADD CONSTRAINT ex_x EXCLUDE (x WITH =)",
     "warning extra-exclusion public.one.ex_x"),
)  # fmt: skip


def including() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("long_name", sa.String, key="short"),
        sa.PrimaryKeyConstraint("id", postgresql_include=["short"]),
        sa.UniqueConstraint("id", name="uq", postgresql_include=["short"], deferrable=True),
        sa.UniqueConstraint("id", name="uq_plain"),
    )
    return metadata


CASES += cases(
    "include",
    including,
    ("primary key without INCLUDE", _again("t_pkey", "PRIMARY KEY (id)"),
     "warning primary-key-mismatch public.t.t_pkey"),
    ("unique without INCLUDE", _again("uq", "UNIQUE (id) DEFERRABLE"),
     "warning unique-mismatch public.t.uq"),
    ("the unique constraint of the primary key's columns dropped",
     "ALTER TABLE t DROP CONSTRAINT uq_plain", "error missing-unique public.t.uq_plain"),
) if SQLALCHEMY >= (2, 0, 41) else []  # fmt: skip
if SQLALCHEMY >= (2, 0):
    CASES = [case._replace(server=max(case.server, 15)) for case in CASES]
