"""Mutations of enums, domains and sequences."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases
from tests.versions import SQLALCHEMY


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("mood", sa.Enum("sad", "ok", "glad", name="mood")),
        sa.Column("hues", pg.ARRAY(sa.Enum("red", "blue", name="hue"))),
        sa.Column("kind", sa.Enum("x", "y", name="kind", schema="lib")),
    )
    sa.Sequence("numbers", metadata=metadata, start=10, increment=5, minvalue=5, maxvalue=1000)
    sa.Sequence("small", metadata=metadata, data_type=sa.Integer)
    return metadata


def domains() -> sa.MetaData:
    metadata = declared()
    positive = pg.DOMAIN("positive", sa.Integer, check="VALUE > 0", not_null=False)
    sa.Table("measured", metadata, sa.Column("n", positive))
    return metadata


_REPLACE = (
    "ALTER TYPE mood RENAME TO was; CREATE TYPE mood AS ENUM ({});"
    "ALTER TABLE t ALTER mood TYPE mood USING mood::text::mood; DROP TYPE was"
)

CASES = cases(
    "type",
    declared,
    ("enum label missing", _REPLACE.format("'sad', 'glad'"), "error enum-mismatch public.mood"),
    ("enum label added", "ALTER TYPE mood ADD VALUE 'wild'", "warning enum-mismatch public.mood"),
    ("enum label renamed", "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
     "error enum-mismatch public.mood"),
    ("enum labels in another order", _REPLACE.format("'glad', 'ok', 'sad'"),
     "warning enum-mismatch public.mood"),
    ("enum in an array changed", "ALTER TYPE hue ADD VALUE 'green'",
     "warning enum-mismatch public.hue"),
    ("enum in another schema changed", "ALTER TYPE lib.kind ADD VALUE 'z'",
     "warning enum-mismatch lib.kind"),
    ("enum moved to another schema", "ALTER TYPE mood SET SCHEMA lib",
     "error column-type-mismatch public.t.mood", "error missing-enum public.mood",
     "warning extra-enum lib.mood"),
    ("enum dropped", "ALTER TABLE t DROP COLUMN mood; DROP TYPE mood",
     "error missing-column public.t.mood", "error missing-enum public.mood"),
    ("enum became a string", "ALTER TABLE t ALTER mood TYPE varchar(4); DROP TYPE mood",
     "error column-type-mismatch public.t.mood", "error missing-enum public.mood"),
    ("enum added", "CREATE TYPE extra AS ENUM ('a')", "warning extra-enum public.extra"),
    ("sequence dropped", "DROP SEQUENCE numbers", "error missing-sequence public.numbers"),
    ("sequence added", "CREATE SEQUENCE more", "warning extra-sequence public.more"),
    ("sequence increment", "ALTER SEQUENCE numbers INCREMENT 7",
     "warning sequence-mismatch public.numbers"),
    ("sequence start", "ALTER SEQUENCE numbers START 15",
     "warning sequence-mismatch public.numbers"),
    ("sequence minimum", "ALTER SEQUENCE numbers MINVALUE 1",
     "warning sequence-mismatch public.numbers"),
    ("sequence maximum", "ALTER SEQUENCE numbers MAXVALUE 99",
     "warning sequence-mismatch public.numbers"),
    ("sequence cycle", "ALTER SEQUENCE numbers CYCLE", "warning sequence-mismatch public.numbers"),
    ("sequence data type", "ALTER SEQUENCE small AS smallint",
     "warning sequence-mismatch public.small"),
    before="CREATE SCHEMA lib",
)  # fmt: skip

if SQLALCHEMY >= (2, 0):
    CASES += cases(
        "domain",
        domains,
        ("check changed", "ALTER DOMAIN positive DROP CONSTRAINT positive_check;"
         "ALTER DOMAIN positive ADD CHECK (VALUE > 1)", "error domain-mismatch public.positive"),
        ("check spelled otherwise", "ALTER DOMAIN positive DROP CONSTRAINT positive_check;"
         "ALTER DOMAIN positive ADD CHECK (((VALUE) > (0)))"),
        ("check dropped", "ALTER DOMAIN positive DROP CONSTRAINT positive_check",
         "error domain-mismatch public.positive"),
        ("NOT NULL", "ALTER DOMAIN positive SET NOT NULL",
         "error domain-mismatch public.positive"),
        ("default added", "ALTER DOMAIN positive SET DEFAULT 5",
         "error domain-mismatch public.positive"),
        ("over another type",
         "ALTER TABLE measured DROP n; DROP DOMAIN positive;"
         "CREATE DOMAIN positive AS bigint CHECK (VALUE > 0); ALTER TABLE measured ADD n positive",
         "error domain-mismatch public.positive"),
        ("dropped", "ALTER TABLE measured ALTER n TYPE int; DROP DOMAIN positive",
         "error column-type-mismatch public.measured.n", "error missing-domain public.positive"),
        ("added", "CREATE DOMAIN word AS text", "warning extra-domain public.word"),
        before="CREATE SCHEMA lib",
    )  # fmt: skip
