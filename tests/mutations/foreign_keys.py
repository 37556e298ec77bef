"""Mutations of foreign keys."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.mutations.case import cases


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "parent",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("key", pg.UUID, unique=True),
        sa.UniqueConstraint("x", "y"),
        sa.UniqueConstraint("y", "x"),
    )
    sa.Table("second", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE")),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("z", sa.Integer),
        sa.Column("key", pg.UUID, sa.ForeignKey("parent.key")),
        sa.ForeignKeyConstraint(["x", "y"], ["parent.x", "parent.y"], name="fk_pair"),
        sa.ForeignKeyConstraint(
            ["z"], ["second.id"], name="fk_late", deferrable=True, initially="DEFERRED",
            onupdate="CASCADE",
        ),
    )  # fmt: skip
    return metadata


def _again(name: str, sql: str) -> str:
    return (
        f"ALTER TABLE child DROP CONSTRAINT {name}; ALTER TABLE child ADD CONSTRAINT {name} {sql}"
    )


_PARENT = "FOREIGN KEY (parent_id) REFERENCES parent"
_PAIR = "FOREIGN KEY (x, y) REFERENCES parent (x, y)"
_LATE = "FOREIGN KEY (z) REFERENCES second ON UPDATE CASCADE"
_MISMATCH = "error foreign-key-mismatch public.child."

CASES = cases(
    "foreign key",
    declared,
    ("dropped", "ALTER TABLE child DROP CONSTRAINT fk_pair",
     "error missing-foreign-key public.child.fk_pair"),
    ("without a name, dropped", "ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey",
     "error missing-foreign-key public.child.child_parent_id_fkey"),
    ("added", "ALTER TABLE child ADD CONSTRAINT fk_new FOREIGN KEY (x) REFERENCES second",
     "warning extra-foreign-key public.child.fk_new"),
    ("renamed", "ALTER TABLE child RENAME CONSTRAINT fk_pair TO fk_other",
     "info foreign-key-mismatch public.child.fk_other"),
    ("ON DELETE changed", _again("child_parent_id_fkey", f"{_PARENT} ON DELETE SET NULL"),
     f"{_MISMATCH}child_parent_id_fkey"),
    ("ON DELETE dropped", _again("child_parent_id_fkey", _PARENT),
     f"{_MISMATCH}child_parent_id_fkey"),
    ("ON UPDATE added", _again("fk_pair", f"{_PAIR} ON UPDATE CASCADE"), f"{_MISMATCH}fk_pair"),
    ("ON DELETE for some columns", _again("fk_pair", f"{_PAIR} ON DELETE SET NULL (x)"),
     f"{_MISMATCH}fk_pair", {"server": 15}),
    ("MATCH FULL", _again("fk_pair", f"{_PAIR} MATCH FULL"), f"{_MISMATCH}fk_pair"),
    ("to another table", _again("fk_late", _LATE.replace("second", "parent")
     + " DEFERRABLE INITIALLY DEFERRED"), f"{_MISMATCH}fk_late"),
    ("to other columns", _again("fk_pair", "FOREIGN KEY (x, y) REFERENCES parent (y, x)"),
     f"{_MISMATCH}fk_pair"),
    ("columns named in another order",
     _again("fk_pair", "FOREIGN KEY (y, x) REFERENCES parent (y, x)")),
    ("became deferrable", _again("fk_pair", f"{_PAIR} DEFERRABLE"),
     "warning foreign-key-mismatch public.child.fk_pair"),
    ("is no longer deferrable", _again("fk_late", _LATE),
     "warning foreign-key-mismatch public.child.fk_late"),
    ("is no longer deferred", _again("fk_late", f"{_LATE} DEFERRABLE"),
     "warning foreign-key-mismatch public.child.fk_late"),
    ("NOT VALID", _again("fk_pair", f"{_PAIR} NOT VALID"),
     "warning not-validated-constraint public.child.fk_pair"),
    ("NOT ENFORCED", _again("fk_pair", f"{_PAIR} NOT ENFORCED"),
     f"{_MISMATCH}fk_pair", {"server": 18}),
    ("its triggers disabled", "ALTER TABLE second DISABLE TRIGGER ALL",
     "error disabled-foreign-key public.child.fk_late"),
    ("the target's type changed",
     "ALTER TABLE child DROP CONSTRAINT child_key_fkey; ALTER TABLE parent ALTER key TYPE varchar",
     "error column-type-mismatch public.parent.key",
     "error foreign-key-type-mismatch public.child.child_key_fkey",
     "error missing-foreign-key public.child.child_key_fkey"),
    ("both types changed",
     "ALTER TABLE child DROP CONSTRAINT child_key_fkey; ALTER TABLE parent ALTER key TYPE varchar;"
     "ALTER TABLE child ALTER key TYPE varchar;"
     "ALTER TABLE child ADD FOREIGN KEY (key) REFERENCES parent (key)",
     "error column-type-mismatch public.child.key",
     "error column-type-mismatch public.parent.key",
     "error foreign-key-type-mismatch public.child.child_key_fkey"),
)  # fmt: skip
