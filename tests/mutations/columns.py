"""Mutations of columns."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False, server_default="x"),
        sa.Column("note", sa.Text, comment="why"),
        sa.Column("price", sa.Numeric(10, 2), server_default="0"),
        sa.Column("count", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("seen", pg.TIMESTAMP(timezone=True, precision=3)),
        sa.Column("tags", pg.ARRAY(sa.String(10))),
        sa.Column("span", pg.INTERVAL(fields="DAY TO SECOND")),
        sa.Column("doc", pg.JSONB, server_default="{}"),
        sa.Column("key", pg.UUID),
        sa.Column("sorted", sa.String(20, collation="C")),
        sa.Column("flag", sa.Boolean, server_default=sa.false()),
        sa.Column("ratio", sa.Float),
        sa.Column("big", sa.BigInteger),
        sa.Column("code", sa.CHAR(3)),
        sa.Column("token", pg.UUID, nullable=False, default=uuid.uuid4,
                  server_default=sa.text("gen_random_uuid()")),
        sa.Column("twice", sa.Integer, sa.Computed('"count" * 2', persisted=True)),
    )  # fmt: skip
    sa.Table(
        "numbered",
        metadata,
        sa.Column(
            "id", sa.Integer,
            sa.Identity(always=True, start=5, increment=2, minvalue=1, maxvalue=999, cycle=True),
        ),
        sa.Column("n", sa.BigInteger, sa.Identity()),
    )  # fmt: skip
    return metadata


def _type(column: str, sql: str, severity: str = "error") -> tuple[str, str, str]:
    change = f"ALTER TABLE t ALTER COLUMN {column} TYPE {sql}"
    return (f"{column} becomes {sql}", change, f"{severity} column-type-mismatch public.t.{column}")


CASES = cases(
    "column",
    declared,
    ("dropped", "ALTER TABLE t DROP COLUMN note", "error missing-column public.t.note"),
    ("renamed", "ALTER TABLE t RENAME COLUMN note TO remark",
     "error missing-column public.t.note", "warning extra-column public.t.remark"),
    ("added, may be empty", "ALTER TABLE t ADD COLUMN more text",
     "warning extra-column public.t.more"),
    ("added, NOT NULL", "ALTER TABLE t ADD COLUMN more text NOT NULL",
     "error extra-column public.t.more"),
    ("added, NOT NULL with a default", "ALTER TABLE t ADD COLUMN more text NOT NULL DEFAULT ''",
     "warning extra-column public.t.more"),
    _type("name", "varchar(20)"),
    _type("name", "varchar(80)", "warning"),
    _type("name", "varchar", "warning"),
    _type("name", "text", "warning"),
    _type("note", "varchar(10)"),
    _type("price", "numeric(8, 2)"),
    _type("price", "numeric(10, 4)"),
    _type("price", "numeric", "warning"),
    _type("price", "double precision"),
    ("count becomes bigint",
     "ALTER TABLE t DROP COLUMN twice; ALTER TABLE t ALTER count TYPE bigint;"
     "ALTER TABLE t ADD twice int GENERATED ALWAYS AS (count * 2) STORED",
     "warning column-type-mismatch public.t.count"),
    _type("big", "integer"),
    _type("big", "smallint"),
    _type("ratio", "real"),
    _type("at", "timestamp"),
    _type("seen", "timestamptz", "warning"),
    _type("seen", "timestamptz(6)", "warning"),
    _type("tags", "varchar(20)[]", "warning"),
    _type("tags", "text[]", "warning"),
    ("an array becomes a scalar",
     "ALTER TABLE t ALTER COLUMN tags TYPE varchar(10) USING tags[1]",
     "error column-type-mismatch public.t.tags"),
    _type("span", "interval"),
    _type("span", "interval day to second(3)"),
    ("jsonb becomes json",
     "ALTER TABLE t ALTER doc DROP DEFAULT; ALTER TABLE t ALTER doc TYPE json;"
     "ALTER TABLE t ALTER doc SET DEFAULT '{}'",
     "error column-type-mismatch public.t.doc"),
    ("uuid becomes varchar", "ALTER TABLE t ALTER key TYPE varchar",
     "error column-type-mismatch public.t.key"),
    _type("code", "char(5)", "warning"),
    _type("code", "varchar(3)"),
    ("an enum instead of a string",
     "CREATE TYPE hue AS ENUM ('red'); ALTER TABLE t ALTER code TYPE hue USING NULL",
     "error column-type-mismatch public.t.code", "warning extra-enum public.hue"),
    ("a domain instead of its type",
     "CREATE DOMAIN word AS text; ALTER TABLE t ALTER note TYPE word",
     "error column-type-mismatch public.t.note", "warning extra-domain public.word"),
    ("may be NULL", "ALTER TABLE t ALTER COLUMN name DROP NOT NULL",
     "warning column-nullability-mismatch public.t.name"),
    ("must not be NULL", "ALTER TABLE t ALTER COLUMN note SET NOT NULL",
     "error column-nullability-mismatch public.t.note"),
    ("default dropped", "ALTER TABLE t ALTER COLUMN name DROP DEFAULT",
     "error column-default-mismatch public.t.name"),
    ("default dropped, may be NULL", "ALTER TABLE t ALTER COLUMN price DROP DEFAULT",
     "warning column-default-mismatch public.t.price"),
    ("default dropped, SQLAlchemy sends one", "ALTER TABLE t ALTER COLUMN token DROP DEFAULT",
     "warning column-default-mismatch public.t.token"),
    ("default changed", "ALTER TABLE t ALTER COLUMN count SET DEFAULT 2",
     "warning column-default-mismatch public.t.count"),
    ("default added", "ALTER TABLE t ALTER COLUMN note SET DEFAULT 'y'",
     "warning column-default-mismatch public.t.note"),
    ("default of JSON changed", "ALTER TABLE t ALTER COLUMN doc SET DEFAULT '[]'",
     "warning column-default-mismatch public.t.doc"),
    ("default of a boolean changed", "ALTER TABLE t ALTER COLUMN flag SET DEFAULT true",
     "warning column-default-mismatch public.t.flag"),
    ("default now() frozen", "ALTER TABLE t ALTER COLUMN at SET DEFAULT '2020-01-01'",
     "warning column-default-mismatch public.t.at"),
    ("default spelled otherwise",
     "ALTER TABLE t ALTER at SET DEFAULT CURRENT_TIMESTAMP;"
     "ALTER TABLE t ALTER price SET DEFAULT 0.00; ALTER TABLE t ALTER flag SET DEFAULT 'no'"),
    ("SERIAL lost its default", "ALTER TABLE t ALTER COLUMN id DROP DEFAULT",
     "error column-default-mismatch public.t.id"),
    ("SERIAL became an identity",
     "ALTER TABLE t ALTER id DROP DEFAULT; DROP SEQUENCE t_id_seq;"
     "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
     "warning column-identity-mismatch public.t.id"),
    ("collation changed", 'ALTER TABLE t ALTER sorted TYPE varchar(20) COLLATE "POSIX"',
     "warning column-collation-mismatch public.t.sorted"),
    ("collation dropped", 'ALTER TABLE t ALTER sorted TYPE varchar(20) COLLATE "default"',
     "warning column-collation-mismatch public.t.sorted"),
    ("collation added", 'ALTER TABLE t ALTER note TYPE text COLLATE "C"',
     "warning column-collation-mismatch public.t.note"),
    ("comment changed", "COMMENT ON COLUMN t.note IS 'how'", "info comment-mismatch public.t.note"),
    ("comment dropped", "COMMENT ON COLUMN t.note IS NULL", "info comment-mismatch public.t.note"),
    ("generated by another expression",
     "ALTER TABLE t DROP COLUMN twice;"
     "ALTER TABLE t ADD twice int GENERATED ALWAYS AS (count * 3) STORED",
     "error column-generated-mismatch public.t.twice"),
    ("generated by the same expression, spelled otherwise",
     "ALTER TABLE t DROP COLUMN twice;"
     'ALTER TABLE t ADD twice int GENERATED ALWAYS AS ((("count") * (2))) STORED'),
    ("no longer generated", "ALTER TABLE t ALTER COLUMN twice DROP EXPRESSION",
     "error column-generated-mismatch public.t.twice"),
    ("generated when read",
     "ALTER TABLE t DROP COLUMN twice;"
     "ALTER TABLE t ADD twice int GENERATED ALWAYS AS (count * 2) VIRTUAL",
     "warning column-generated-mismatch public.t.twice", {"server": 18}),
    ("identity dropped", "ALTER TABLE numbered ALTER id DROP IDENTITY",
     "error column-identity-mismatch public.numbered.id"),
    ("identity by default", "ALTER TABLE numbered ALTER id SET GENERATED BY DEFAULT",
     "warning column-identity-mismatch public.numbered.id"),
    ("identity always", "ALTER TABLE numbered ALTER n SET GENERATED ALWAYS",
     "error column-identity-mismatch public.numbered.n"),
    ("identity start", "ALTER TABLE numbered ALTER id SET START 7",
     "warning column-identity-mismatch public.numbered.id"),
    ("identity increment", "ALTER TABLE numbered ALTER id SET INCREMENT 3",
     "warning column-identity-mismatch public.numbered.id"),
    ("identity minimum", "ALTER TABLE numbered ALTER id SET MINVALUE 3",
     "warning column-identity-mismatch public.numbered.id"),
    ("identity maximum", "ALTER TABLE numbered ALTER id SET MAXVALUE 99",
     "warning column-identity-mismatch public.numbered.id"),
    ("identity cycle", "ALTER TABLE numbered ALTER id SET NO CYCLE",
     "warning column-identity-mismatch public.numbered.id"),
    ("the order of the columns",
     "ALTER TABLE t DROP COLUMN key; ALTER TABLE t ADD COLUMN key uuid"),
)  # fmt: skip
