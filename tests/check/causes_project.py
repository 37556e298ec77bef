"""A project with five Alembic revisions and a branch, in which each kind of object changes once.

The models have every change. Which revision makes the changes, if any, is the test's choice.

    0001 (tables) ── 0002 (first) ─┬─ 0003a (left) ──┬─ 0004 (merge) ── 0005 (last)
                                   └─ 0003b (right) ─┘
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.versions import SQLALCHEMY

MODELS = """
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy import Column, Integer, String, BigInteger

metadata = sa.MetaData()

def table(name, *items, **options):
    keys = {"primary_key": True} | options.pop("key", {})
    return sa.Table(name, metadata, Column("id", Integer, **keys), *items, **options)

table("base", Column("left", Integer), Column("right", Integer), sa.Index("ix_last", "id"))
table("new_table")
table("of_column", Column("added", String(20)))
table("of_type", Column("value", BigInteger))
table("of_nullability", Column("value", Integer, nullable=False))
table("of_default", Column("value", Integer, server_default="7"))
table("of_primary_key", key={"autoincrement": False})
table("of_unique", Column("a", Integer),
      sa.UniqueConstraint("a", name="uq_a"))
table("of_check", Column("a", Integer),
      sa.CheckConstraint("a > 0", name="ck_a"))
table("of_exclusion", Column("a", Integer),
      ExcludeConstraint(("a", "="), name="ex_a", using="btree"))
table("of_foreign_key", Column("base_id", Integer, sa.ForeignKey("base.id", name="fk_base")))
table("of_index", Column("a", Integer),
      sa.Index("ix_a", "a"))
table("of_enum", Column("mood", sa.Enum("glad", "sad", "calm", name="mood")))
table("of_comment", comment="What it is for")
table("of_extra_column")
table("of_extra_index", Column("a", Integer))
table("of_identity", Column("value", Integer, sa.Identity(always=True), nullable=False))
table("of_generated", Column("a", Integer),
      Column("b", Integer, sa.Computed("a * 2", persisted=True)))
table("of_collation", Column("value", String(collation="C")))
table("of_schema", schema="other")
sa.Sequence("numbers", metadata=metadata)
"""
_DOMAIN = """
from sqlalchemy.dialects.postgresql import DOMAIN

table("of_domain", Column("value", DOMAIN("rating", Integer, check="VALUE > 0")))
"""

BEFORE = """
CREATE TABLE base (id serial PRIMARY KEY);
CREATE TABLE of_column (id serial PRIMARY KEY);
CREATE TABLE of_type (id serial PRIMARY KEY, value integer);
CREATE TABLE of_nullability (id serial PRIMARY KEY, value integer);
CREATE TABLE of_default (id serial PRIMARY KEY, value integer);
CREATE TABLE of_primary_key (id integer NOT NULL);
CREATE TABLE of_unique (id serial PRIMARY KEY, a integer);
CREATE TABLE of_check (id serial PRIMARY KEY, a integer);
CREATE TABLE of_exclusion (id serial PRIMARY KEY, a integer);
CREATE TABLE of_foreign_key (id serial PRIMARY KEY, base_id integer);
CREATE TABLE of_index (id serial PRIMARY KEY, a integer);
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE of_enum (id serial PRIMARY KEY, mood mood);
CREATE TABLE of_comment (id serial PRIMARY KEY);
CREATE TABLE of_extra (id serial PRIMARY KEY);
CREATE TABLE of_extra_column (id serial PRIMARY KEY, legacy integer);
CREATE TABLE of_extra_index (id serial PRIMARY KEY, a integer);
CREATE INDEX ix_legacy ON of_extra_index (a);
CREATE TABLE of_identity (id serial PRIMARY KEY, value integer NOT NULL);
CREATE TABLE of_generated (id serial PRIMARY KEY, a integer, b integer);
CREATE TABLE of_collation (id serial PRIMARY KEY, value varchar);
"""
"""What revision 0001 makes."""


class Change(NamedTuple):
    """The SQL that makes one object as the models declare it, and the SQL that undoes it."""

    do: str
    undo: str


CHANGES: dict[str, Change] = {
    "missing-table": Change(
        "CREATE TABLE new_table (id serial PRIMARY KEY)", "DROP TABLE new_table"
    ),
    "missing-column": Change(
        "ALTER TABLE of_column ADD added varchar(20)", "ALTER TABLE of_column DROP added"
    ),
    "column-type-mismatch": Change(
        "ALTER TABLE of_type ALTER value TYPE bigint",
        "ALTER TABLE of_type ALTER value TYPE integer",
    ),
    "column-nullability-mismatch": Change(
        "ALTER TABLE of_nullability ALTER value SET NOT NULL",
        "ALTER TABLE of_nullability ALTER value DROP NOT NULL",
    ),
    "column-default-mismatch": Change(
        "ALTER TABLE of_default ALTER value SET DEFAULT 7",
        "ALTER TABLE of_default ALTER value DROP DEFAULT",
    ),
    "missing-primary-key": Change(
        "ALTER TABLE of_primary_key ADD PRIMARY KEY (id)",
        "ALTER TABLE of_primary_key DROP CONSTRAINT of_primary_key_pkey",
    ),
    "missing-unique": Change(
        "ALTER TABLE of_unique ADD CONSTRAINT uq_a UNIQUE (a)",
        "ALTER TABLE of_unique DROP CONSTRAINT uq_a",
    ),
    "missing-check": Change(
        "ALTER TABLE of_check ADD CONSTRAINT ck_a CHECK (a > 0)",
        "ALTER TABLE of_check DROP CONSTRAINT ck_a",
    ),
    "missing-exclusion": Change(
        "ALTER TABLE of_exclusion ADD CONSTRAINT ex_a EXCLUDE USING btree (a WITH =)",
        "ALTER TABLE of_exclusion DROP CONSTRAINT ex_a",
    ),
    "missing-foreign-key": Change(
        "ALTER TABLE of_foreign_key ADD CONSTRAINT fk_base FOREIGN KEY (base_id) REFERENCES base",
        "ALTER TABLE of_foreign_key DROP CONSTRAINT fk_base",
    ),
    "missing-index": Change("CREATE INDEX ix_a ON of_index (a)", "DROP INDEX ix_a"),
    "enum-mismatch": Change(
        "ALTER TYPE mood RENAME TO old_mood; CREATE TYPE mood AS ENUM ('glad', 'sad', 'calm'); "
        "ALTER TABLE of_enum ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old_mood",
        "ALTER TYPE mood RENAME TO old_mood; CREATE TYPE mood AS ENUM ('glad', 'sad'); "
        "ALTER TABLE of_enum ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old_mood",
    ),
    "comment-mismatch": Change(
        "COMMENT ON TABLE of_comment IS 'What it is for'", "COMMENT ON TABLE of_comment IS NULL"
    ),
    "missing-sequence": Change("CREATE SEQUENCE numbers", "DROP SEQUENCE numbers"),
    "extra-column": Change(
        "ALTER TABLE of_extra_column DROP legacy", "ALTER TABLE of_extra_column ADD legacy integer"
    ),
    "extra-index": Change("DROP INDEX ix_legacy", "CREATE INDEX ix_legacy ON of_extra_index (a)"),
    "column-identity-mismatch": Change(
        "ALTER TABLE of_identity ALTER value ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE of_identity ALTER value DROP IDENTITY",
    ),
    "column-generated-mismatch": Change(
        "ALTER TABLE of_generated DROP b; "
        "ALTER TABLE of_generated ADD b integer GENERATED ALWAYS AS (a * 2) STORED",
        "ALTER TABLE of_generated ALTER b DROP EXPRESSION",
    ),
    "column-collation-mismatch": Change(
        'ALTER TABLE of_collation ALTER value TYPE varchar COLLATE "C"',
        "ALTER TABLE of_collation ALTER value TYPE varchar",
    ),
    "missing-schema": Change(
        "CREATE SCHEMA other; CREATE TABLE other.of_schema (id serial PRIMARY KEY)",
        "DROP SCHEMA other CASCADE",
    ),
    "extra-table": Change("DROP TABLE of_extra", "CREATE TABLE of_extra (id serial PRIMARY KEY)"),
}
"""The changes by the rule of the finding if one has not been made."""

if SQLALCHEMY >= (2, 0):  # which DOMAIN came with
    MODELS += _DOMAIN
    BEFORE += "CREATE DOMAIN rating AS integer;"
    BEFORE += "CREATE TABLE of_domain (id serial PRIMARY KEY, value rating);"
    CHANGES["domain-mismatch"] = Change(
        "ALTER DOMAIN rating ADD CHECK (VALUE > 0)",
        "ALTER DOMAIN rating DROP CONSTRAINT rating_check",
    )

_SCRIPT = '''"""{message}"""
from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade():
{body}


def downgrade():
    pass
'''

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

_GRAPH: Mapping[str, tuple[str, object, str]] = {
    "0001": ("tables", None, BEFORE),
    "0002": ("first", "0001", "ALTER TABLE base ADD first integer; ALTER TABLE base DROP first"),
    "0003a": ("left", "0002", 'ALTER TABLE base ADD "left" integer'),
    "0003b": ("right", "0002", 'ALTER TABLE base ADD "right" integer'),
    "0004": ("merge", ("0003a", "0003b"), ""),
    "0005": ("last", "0004", "CREATE INDEX ix_last ON base (id)"),
}


def write(folder: Path, changes_in: str | None = None, until: str = "0005") -> None:
    """Write the models and the Alembic environment.

    The revision `changes_in` makes all changes; revisions after `until` are not written.
    """
    (folder / "shop.py").write_text(MODELS)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (folder / "migrations" / "env.py").write_text(_ENV)
    for revision, (message, down, sql) in _GRAPH.items():
        if revision > until:
            continue
        statements = [text.strip() for text in sql.split(";")]
        if revision == changes_in:
            statements += [sql for change in CHANGES.values() for sql in change.do.split("; ")]
        body = "\n".join(f"    op.execute({text!r})" for text in statements if text) or "    pass"
        script = _SCRIPT.format(message=message, revision=revision, down=down, body=body)
        (versions / f"{revision}_{message}.py").write_text(script)


def write_small(folder: Path, models: str) -> None:
    """Write models and an Alembic environment without a revision."""
    (folder / "shop.py").write_text(models)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(_ENV)


def write_revision(folder: Path, number: int, body: str) -> None:
    """Write the next revision of a linear history: SQL statements, or a line of Python."""
    revision, down = f"{number:04}", f"{number - 1:04}" if number > 1 else None
    if not body.startswith("from "):
        body = "\n    ".join(f"op.execute({text!r})" for text in body.split("; ")) or "pass"
    script = _SCRIPT.format(message="", revision=revision, down=down, body=f"    {body}")
    (folder / "migrations" / "versions" / f"{revision}.py").write_text(script)
