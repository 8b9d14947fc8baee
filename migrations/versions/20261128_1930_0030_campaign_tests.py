"""Tests and clones are found by the campaign they come from, runs by their day."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_campaign_parent_id",
        "campaign",
        ["parent_id", "id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index("ix_campaign_run_due_at", "campaign_run", ["due_at"])


def downgrade() -> None:
    op.drop_index("ix_campaign_run_due_at", table_name="campaign_run")
    op.drop_index("ix_campaign_parent_id", table_name="campaign")
