"""Automations of every kind: how far events are planned, when a topic last spoke to a member, whose last purchase was when.

The index of last purchases is what finds those who lapse on a date without reading everybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("planned_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "topic_touch",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("touched_on", sa.Date(), nullable=False),
        sa.Column("previous_on", sa.Date(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.CheckConstraint("previous_on <= touched_on", name=op.f("ck_topic_touch_previous_before")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_topic_touch_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_topic_touch_member_id_member")),
        sa.ForeignKeyConstraint(["topic"], ["message_topic.code"], name=op.f("fk_topic_touch_topic_message_topic")),
        sa.PrimaryKeyConstraint("member_id", "topic", name=op.f("pk_topic_touch")),
    )
    op.create_index(
        "ix_member_figure_last_purchase_on",
        "member_figure",
        ["last_purchase_on", "member_id"],
        postgresql_where=sa.text("last_purchase_on IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_member_figure_last_purchase_on", table_name="member_figure")
    op.drop_table("topic_touch")
    op.drop_column("campaign", "planned_until")
