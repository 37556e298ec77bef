"""analytics tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "phase_8_0_analytics"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the only two tables that a migration ever made."""
    op.create_table(
        "config",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("value", postgresql.JSONB, nullable=False),
        sa.Column("description", sa.Text),
    )
    op.create_table(
        "search_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("query", sa.String(255), nullable=False),
        sa.Column("results", sa.Integer, nullable=False, server_default="0"),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("search_history")
    op.drop_table("config")
