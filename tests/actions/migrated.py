"""A project whose migrations make what its models declare, or forget a column."""

from __future__ import annotations

from pathlib import Path

from tests.actions.steps import MODELS
from tests.sources.migrations.projects import project, script, write
from tests.sources.migrations.run_projects import SYNC

CONFIG = "models: shop:metadata\ntargets: {production: {database: '${PRODUCTION_DATABASE_URL}'}}\n"
_UPGRADE = """\
from alembic import op
import sqlalchemy as sa


def upgrade() -> None:
    op.create_table("users", sa.Column("id", sa.Integer, primary_key=True){name})
"""
_NAME = ', sa.Column("name", sa.String)'


def revision(*, forgetful: bool) -> str:
    """Return the revision that makes the table, with both columns or with one of them."""
    head, _, _ = script("0001").partition("def upgrade")
    return head + _UPGRADE.format(name="" if forgetful else _NAME)


def migrated(folder: Path, *, forgetful: bool = False) -> Path:
    """Write the project into a folder; return the folder."""
    project(folder, {"0001": revision(forgetful=forgetful)}, env=SYNC)
    return write(folder, {"shop.py": MODELS, "drift.yaml": CONFIG})
