"""Message templates, subscription grants, frequency caps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("wechat_template_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enums", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('birthday', 'promotion', 'service')", name=op.f("ck_message_template_topic_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint("code", name=op.f("uq_message_template_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_template_public_id")),
        sa.UniqueConstraint("wechat_template_id", name=op.f("uq_message_template_wechat_template_id")),
    )
    op.create_table(
        "frequency_counter",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.CheckConstraint("period IN ('day', 'week')", name=op.f("ck_frequency_counter_period_known")),
        sa.CheckConstraint("sent BETWEEN 0 AND cap", name=op.f("ck_frequency_counter_sent_within_cap")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_frequency_counter_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "period", "starts_on", name=op.f("pk_frequency_counter")),
    )
    op.create_table(
        "subscription_grant",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_subscription_grant_remaining_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_subscription_grant_member_id_member")),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_subscription_grant_message_template_id_message_template"),
        ),
        sa.PrimaryKeyConstraint("member_id", "message_template_id", name=op.f("pk_subscription_grant")),
    )
    op.create_table(
        "subscription_grant_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("matches_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('event', 'client', 'sent', 'returned', 'refused', 'switched_off', 'merge')",
            name=op.f("ck_subscription_grant_entry_kind_known"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'sent' THEN delta = -1 WHEN 'returned' THEN delta = 1 WHEN 'merge' THEN delta <> 0 "
            "WHEN 'event' THEN delta IN (0, 1) WHEN 'client' THEN delta IN (0, 1) ELSE delta <= 0 END",
            name=op.f("ck_subscription_grant_entry_delta_fits_kind"),
        ),
        sa.CheckConstraint(
            "matches_id IS NULL OR delta = 0", name=op.f("ck_subscription_grant_entry_match_adds_nothing")
        ),
        sa.ForeignKeyConstraint(
            ["matches_id"],
            ["subscription_grant_entry.id"],
            name=op.f("fk_subscription_grant_entry_matches_id_subscription_grant_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_subscription_grant_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_subscription_grant_entry_message_template_id_message_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_grant_entry")),
        sa.UniqueConstraint("matches_id", name=op.f("uq_subscription_grant_entry_matches_id")),
        sa.UniqueConstraint(
            "member_id",
            "message_template_id",
            "source",
            name=op.f("uq_subscription_grant_entry_member_id_message_template_id_source"),
        ),
    )
    op.create_index(
        "ix_subscription_grant_entry_recent",
        "subscription_grant_entry",
        ["member_id", "message_template_id", "recorded_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_subscription_grant_entry_recent", table_name="subscription_grant_entry")
    op.drop_table("subscription_grant_entry")
    op.drop_table("subscription_grant")
    op.drop_table("frequency_counter")
    op.drop_table("message_template")
