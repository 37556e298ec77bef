"""Mutations of tables."""

from __future__ import annotations

import sqlalchemy as sa

from tests.mutations.case import cases


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("plain", metadata, sa.Column("id", sa.Integer, primary_key=True), comment="what it is")
    sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("unlogged", metadata, sa.Column("id", sa.Integer), prefixes=["UNLOGGED"])
    sa.Table(
        "measured", metadata, sa.Column("day", sa.Date, nullable=False), sa.Column("n", sa.Integer),
        postgresql_partition_by="RANGE (day)",
    )  # fmt: skip
    sa.Table("child", metadata, sa.Column("extra", sa.Text), postgresql_inherits="other")
    return metadata


CASES = cases(
    "table",
    declared,
    ("dropped", "DROP TABLE plain", "error missing-table public.plain"),
    ("renamed", "ALTER TABLE plain RENAME TO simple",
     "error missing-table public.plain", "warning extra-table public.simple"),
    ("moved to another schema", "CREATE SCHEMA old; ALTER TABLE plain SET SCHEMA old",
     "error missing-table public.plain"),
    ("added", "CREATE TABLE added (id int PRIMARY KEY)", "warning extra-table public.added"),
    ("comment changed", "COMMENT ON TABLE plain IS 'what it was'",
     "info comment-mismatch public.plain"),
    ("comment dropped", "COMMENT ON TABLE plain IS NULL", "info comment-mismatch public.plain"),
    ("comment added", "COMMENT ON TABLE other IS 'new'", "info comment-mismatch public.other"),
    ("made unlogged", "ALTER TABLE plain SET UNLOGGED", "warning table-mismatch public.plain"),
    ("made logged", "ALTER TABLE unlogged SET LOGGED", "warning table-mismatch public.unlogged"),
    ("no longer partitioned",
     "DROP TABLE measured; CREATE TABLE measured (day date NOT NULL, n int)",
     "warning table-mismatch public.measured"),
    ("partitioned by another method",
     "DROP TABLE measured;"
     "CREATE TABLE measured (day date NOT NULL, n int) PARTITION BY LIST (day)",
     "warning table-mismatch public.measured"),
    ("partitioned by another column",
     "DROP TABLE measured; CREATE TABLE measured (day date NOT NULL, n int) PARTITION BY RANGE (n)",
     "warning table-mismatch public.measured"),
    ("a partition added",
     "CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)"),
    ("inheritance gone", "ALTER TABLE child NO INHERIT other",
     "warning extra-column public.child.id", "warning table-mismatch public.child"),
    ("a view in its place",
     "DROP TABLE plain; CREATE VIEW plain AS SELECT 1 AS id; COMMENT ON VIEW plain IS 'what it is'",
     "error table-mismatch public.plain"),
    ("a view that takes inserts in its place",
     "ALTER TABLE plain RENAME TO was; CREATE VIEW plain AS SELECT * FROM was;"
     "COMMENT ON VIEW plain IS 'what it is'",
     "info table-mismatch public.plain", "warning extra-table public.was"),
    ("a view with a trigger in its place",
     "DROP TABLE plain; CREATE VIEW plain AS SELECT 1 AS id;"
     "COMMENT ON VIEW plain IS 'what it is';"
     "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
     "CREATE TRIGGER keep INSTEAD OF INSERT ON plain FOR EACH ROW EXECUTE FUNCTION keep()",
     "info table-mismatch public.plain"),
    ("a materialized view in its place",
     "DROP TABLE plain; CREATE MATERIALIZED VIEW plain AS SELECT 1 AS id; "
     "COMMENT ON MATERIALIZED VIEW plain IS 'what it is'",
     "error table-mismatch public.plain"),
    ("Alembic's own table", "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"),
    ("a table like Alembic's own", "CREATE TABLE migrations (version_num varchar(32) PRIMARY KEY)",
     "warning extra-table public.migrations"),
    ("a view added", "CREATE VIEW seen AS SELECT * FROM plain"),
    ("a temporary table", "CREATE TEMPORARY TABLE passing (id int)"),
)  # fmt: skip
