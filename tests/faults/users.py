"""A small table with expressions, and the options that name its models."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, server_default=sa.text("lower('X')")),
    sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0")),
    sa.Index("lower_name", sa.func.lower(sa.column("name", sa.Text))),
)
MODELS = ("--models", "tests.faults.users:METADATA")
