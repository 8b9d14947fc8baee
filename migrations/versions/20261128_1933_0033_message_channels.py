"""Messages on other channels: their texts, proven e-mail addresses, followers of the official account, channels tried.

A delivery remembers where it was refused for good, so that it goes on to each channel at most once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CHANNELS = "'subscribe', 'oa_template', 'sms', 'email'"
RATES = '{"sms": 20, "email": 10, "oa_template": 20}'


def upgrade() -> None:
    _texts()
    _contacts()
    op.create_table(
        "official_follower",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("app_id", "openid", name=op.f("pk_official_follower")),
    )
    for name, column, where in (
        ("ix_official_follower_unionid", "unionid", "unionid IS NOT NULL"),
        ("ix_official_follower_unknown", "followed_at", "looked_up_at IS NULL"),
    ):
        op.create_index(name, "official_follower", [column], postgresql_where=sa.text(where))
    op.add_column(
        "delivery", sa.Column("tried_channels", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_delivery_tried_channels_known"), "delivery", f"tried_channels <@ ARRAY[{CHANNELS}]"
    )
    op.create_check_constraint(op.f("ck_delivery_channel_tried_once"), "delivery", "channel <> ALL (tried_channels)")
    op.create_check_constraint(
        op.f("ck_message_topic_official_for_service"),
        "message_topic",
        "NOT (is_marketing AND 'oa_template' = ANY (channels))",
    )
    op.add_column(
        "programme",
        sa.Column("channel_rates", postgresql.JSONB(astext_type=sa.Text()), server_default=RATES, nullable=False),
    )


def _texts() -> None:
    op.create_table(
        "message_template_channel",
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_template_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('oa_template', 'sms', 'email')", name=op.f("ck_message_template_channel_channel_known")
        ),
        sa.CheckConstraint(
            "CASE channel WHEN 'email' THEN external_template_id IS NULL AND subject IS NOT NULL AND body IS NOT NULL "
            "ELSE external_template_id IS NOT NULL AND subject IS NULL AND body IS NULL END",
            name=op.f("ck_message_template_channel_text_fits_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_message_template_channel_message_template"),
        ),
        sa.PrimaryKeyConstraint("message_template_id", "channel", name=op.f("pk_message_template_channel")),
    )


def _address_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("value_index", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
    )


def _contacts() -> None:
    op.create_table(
        "member_contact",
        *_address_columns(),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('email')", name=op.f("ck_member_contact_kind_known")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_contact_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "kind", name=op.f("pk_member_contact")),
    )
    op.create_index("uq_member_contact_kind_value_index", "member_contact", ["kind", "value_index"], unique=True)
    op.create_table(
        "contact_code",
        *_address_columns(),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('email')", name=op.f("ck_contact_code_kind_known")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_contact_code_tries_range")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_contact_code_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "kind", name=op.f("pk_contact_code")),
    )
    op.create_index("ix_contact_code_expires_at", "contact_code", ["expires_at"])


def downgrade() -> None:
    op.drop_column("programme", "channel_rates")
    op.drop_constraint(op.f("ck_message_topic_official_for_service"), "message_topic")
    for name in ("channel_tried_once", "tried_channels_known"):
        op.drop_constraint(op.f(f"ck_delivery_{name}"), "delivery")
    op.drop_column("delivery", "tried_channels")
    for table in ("official_follower", "contact_code", "member_contact", "message_template_channel"):
        op.drop_table(table)
