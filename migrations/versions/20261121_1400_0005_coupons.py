"""Coupon templates, batches and coupons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coupon_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("min_spend_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("store_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('amount_off')", name=op.f("ck_coupon_template_kind_known")),
        sa.CheckConstraint("min_spend_fen >= value_fen", name=op.f("ck_coupon_template_never_pays_out")),
        sa.CheckConstraint("valid_days BETWEEN 1 AND 3650", name=op.f("ck_coupon_template_valid_days_range")),
        sa.CheckConstraint("value_fen > 0", name=op.f("ck_coupon_template_value_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_template")),
        sa.UniqueConstraint("name", name=op.f("uq_coupon_template_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_template_public_id")),
    )
    op.create_table(
        "coupon_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("committed_fen", sa.BigInteger(), nullable=False),
        sa.Column("per_member_limit", sa.Integer(), nullable=False),
        sa.Column("min_tier_rank", sa.Integer(), nullable=False),
        sa.Column("claim_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("how IN ('claim', 'issue', 'birthday')", name=op.f("ck_coupon_batch_how_known")),
        sa.CheckConstraint("status IN ('active', 'paused', 'closed')", name=op.f("ck_coupon_batch_status_known")),
        sa.CheckConstraint("claim_ends_at > claim_starts_at", name=op.f("ck_coupon_batch_window_forward")),
        sa.CheckConstraint(
            "committed_fen BETWEEN 0 AND budget_fen", name=op.f("ck_coupon_batch_committed_within_budget")
        ),
        sa.CheckConstraint("issued BETWEEN 0 AND stock", name=op.f("ck_coupon_batch_issued_within_stock")),
        sa.CheckConstraint("per_member_limit > 0", name=op.f("ck_coupon_batch_per_member_limit_positive")),
        sa.CheckConstraint("stock > 0", name=op.f("ck_coupon_batch_stock_positive")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_coupon_batch_created_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["coupon_template.id"], name=op.f("fk_coupon_batch_template_id_coupon_template")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_batch")),
        sa.UniqueConstraint("id", "per_member_limit", name=op.f("uq_coupon_batch_id_per_member_limit")),
        sa.UniqueConstraint("name", name=op.f("uq_coupon_batch_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_batch_public_id")),
    )
    op.create_index(
        "ix_coupon_batch_open",
        "coupon_batch",
        ["claim_ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND how = 'claim'"),
    )
    op.create_table(
        "coupon",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("per_member_limit", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("min_spend_fen", sa.BigInteger(), nullable=False),
        sa.Column("store_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'redeemed', 'expired', 'revoked')", name=op.f("ck_coupon_status_known")
        ),
        sa.CheckConstraint("expires_at > usable_from", name=op.f("ck_coupon_validity_forward")),
        sa.CheckConstraint("value_fen > 0 AND min_spend_fen >= value_fen", name=op.f("ck_coupon_never_pays_out")),
        sa.CheckConstraint(
            "(status = 'redeemed') = (redeemed_at IS NOT NULL)", name=op.f("ck_coupon_redeemed_has_instant")
        ),
        sa.CheckConstraint("slot BETWEEN 1 AND per_member_limit", name=op.f("ck_coupon_slot_within_limit")),
        sa.ForeignKeyConstraint(
            ["batch_id", "per_member_limit"],
            ["coupon_batch.id", "coupon_batch.per_member_limit"],
            name=op.f("fk_coupon_batch_id_per_member_limit_coupon_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_coupon_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("batch_id", "member_id", "slot", name=op.f("uq_coupon_batch_id_member_id_slot")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_coupon_member_id_source")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_public_id")),
    )
    op.create_index(
        "ix_coupon_due", "coupon", ["expires_at"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.create_index("ix_coupon_wallet", "coupon", ["member_id", "status", "expires_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_coupon_wallet", table_name="coupon")
    op.drop_index("ix_coupon_due", table_name="coupon", postgresql_where=sa.text("status = 'active'"))
    op.drop_table("coupon")
    op.drop_index(
        "ix_coupon_batch_open",
        table_name="coupon_batch",
        postgresql_where=sa.text("status = 'active' AND how = 'claim'"),
    )
    op.drop_table("coupon_batch")
    op.drop_table("coupon_template")
