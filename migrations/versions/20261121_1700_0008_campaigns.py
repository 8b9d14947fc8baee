"""Campaigns and their deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paused_from", sa.Text(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("refusals_in_a_row", sa.Integer(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("field_values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tier_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("coupon_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days_before", sa.Integer(), nullable=True),
        sa.Column("planned_through", sa.Date(), nullable=True),
        sa.Column("sends_per_second", sa.Integer(), nullable=True),
        sa.Column("cursor_member_id", sa.BigInteger(), nullable=False),
        sa.Column("max_member_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'one_off') OR (scheduled_at IS NULL AND days_before IS NOT NULL)",
            name=op.f("ck_campaign_birthday_shape"),
        ),
        sa.CheckConstraint("kind IN ('one_off', 'birthday')", name=op.f("ck_campaign_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'cancelled') OR kind <> 'one_off' OR scheduled_at IS NOT NULL",
            name=op.f("ck_campaign_scheduled_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'expanding', 'running', 'paused', 'done', 'cancelled', 'missed')",
            name=op.f("ck_campaign_state_known"),
        ),
        sa.CheckConstraint("days_before BETWEEN 0 AND 60", name=op.f("ck_campaign_days_before_range")),
        sa.CheckConstraint("latest_start_at > scheduled_at", name=op.f("ck_campaign_latest_after_scheduled")),
        sa.CheckConstraint("sends_per_second > 0", name=op.f("ck_campaign_sends_per_second_positive")),
        sa.CheckConstraint(
            "(state = 'paused') = (paused_from IS NOT NULL)", name=op.f("ck_campaign_paused_from_somewhere")
        ),
        sa.CheckConstraint("refusals_in_a_row >= 0", name=op.f("ck_campaign_refusals_not_negative")),
        sa.ForeignKeyConstraint(
            ["coupon_batch_id"], ["coupon_batch.id"], name=op.f("fk_campaign_coupon_batch_id_coupon_batch")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_campaign_created_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_campaign_message_template_id_message_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("public_id", name=op.f("uq_campaign_public_id")),
    )
    op.create_index(
        "ix_campaign_due", "campaign", ["scheduled_at"], unique=False, postgresql_where=sa.text("state = 'scheduled'")
    )
    op.create_index(
        "ix_campaign_live",
        "campaign",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('expanding', 'running')"),
    )
    op.create_table(
        "delivery",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_gift_issued", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("msgid", sa.BigInteger(), nullable=True),
        sa.Column("awaiting_event", sa.Boolean(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'suppressed') <= (reason IS NOT NULL)", name=op.f("ck_delivery_suppressed_has_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('dispatching', 'sent', 'in_doubt')) <= (dispatched_at IS NOT NULL)",
            name=op.f("ck_delivery_dispatched_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'dispatching', 'sent', 'failed', 'in_doubt', 'suppressed', 'missed')",
            name=op.f("ck_delivery_state_known"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_delivery_attempts_not_negative")),
        sa.CheckConstraint(
            "(state IN ('claimed', 'dispatching')) <= (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_delivery_claimed_has_lease"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_delivery_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_delivery_member_id_member")),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_delivery_message_template_id_message_template"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "occurrence", "member_id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_dispatching",
        "delivery",
        ["dispatched_at"],
        unique=False,
        postgresql_where=sa.text("state = 'dispatching' OR awaiting_event"),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["campaign_id", "due_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'claimed')"),
    )
    op.create_index("ix_delivery_member_id", "delivery", ["member_id"], unique=False)
    op.create_index(
        "uq_delivery_open_dispatch",
        "delivery",
        ["openid", "message_template_id"],
        unique=True,
        postgresql_where=sa.text("awaiting_event"),
    )


def downgrade() -> None:
    op.drop_index("uq_delivery_open_dispatch", table_name="delivery", postgresql_where=sa.text("awaiting_event"))
    op.drop_index("ix_delivery_member_id", table_name="delivery")
    op.drop_index("ix_delivery_due", table_name="delivery", postgresql_where=sa.text("state IN ('planned', 'claimed')"))
    op.drop_index(
        "ix_delivery_dispatching",
        table_name="delivery",
        postgresql_where=sa.text("state = 'dispatching' OR awaiting_event"),
    )
    op.drop_table("delivery")
    op.drop_index(
        "ix_campaign_live", table_name="campaign", postgresql_where=sa.text("state IN ('expanding', 'running')")
    )
    op.drop_index("ix_campaign_due", table_name="campaign", postgresql_where=sa.text("state = 'scheduled'"))
    op.drop_table("campaign")
