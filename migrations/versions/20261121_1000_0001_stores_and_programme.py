"""Stores, and the programme's settings: one row of policy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("cut_over_hour", sa.Integer(), nullable=False),
        sa.Column("check_in_points", sa.BigInteger(), nullable=False),
        sa.Column("streak_bonus", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("check_in_growth", sa.BigInteger(), nullable=False),
        sa.Column("points_per_yuan", sa.BigInteger(), nullable=False),
        sa.Column("growth_per_yuan", sa.BigInteger(), nullable=False),
        sa.Column("points_valid_months", sa.Integer(), nullable=False),
        sa.Column("undo_window_minutes", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.Text(), nullable=False),
        sa.Column("messages_per_day", sa.Integer(), nullable=False),
        sa.Column("messages_per_week", sa.Integer(), nullable=False),
        sa.Column("sends_per_second", sa.Integer(), nullable=False),
        sa.Column("membership_terms_version", sa.Text(), nullable=False),
        sa.Column("marketing_terms_version", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("check_in_points > 0", name=op.f("ck_programme_check_in_points_positive")),
        sa.CheckConstraint("cut_over_hour BETWEEN 0 AND 11", name=op.f("ck_programme_cut_over_hour_range")),
        sa.CheckConstraint("id = 1", name=op.f("ck_programme_only_one")),
        sa.CheckConstraint("messages_per_day > 0 AND messages_per_week > 0", name=op.f("ck_programme_caps_positive")),
        sa.CheckConstraint(
            "points_per_yuan >= 0 AND growth_per_yuan >= 0", name=op.f("ck_programme_earning_not_negative")
        ),
        sa.CheckConstraint(
            "points_valid_months BETWEEN 1 AND 120", name=op.f("ck_programme_points_valid_months_range")
        ),
        sa.CheckConstraint("undo_window_minutes BETWEEN 0 AND 1440", name=op.f("ck_programme_undo_window_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "store",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("code", name=op.f("uq_store_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_store_public_id")),
    )


def downgrade() -> None:
    op.drop_table("store")
    op.drop_table("programme")
