"""Counter visits, purchases, redemptions."""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("bill_fen", sa.BigInteger(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('paid', 'refunded', 'voided')", name=op.f("ck_purchase_status_known")),
        sa.CheckConstraint("bill_fen > 0", name=op.f("ck_purchase_bill_positive")),
        sa.CheckConstraint("discount_fen BETWEEN 0 AND bill_fen", name=op.f("ck_purchase_discount_in_range")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_purchase_member_id_member")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_purchase_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("public_id", name=op.f("uq_purchase_public_id")),
    )
    op.create_index("ix_purchase_member_id_occurred_at", "purchase", ["member_id", "occurred_at"], unique=False)
    op.create_index(
        "uq_purchase_order",
        "purchase",
        ["channel", "order_no"],
        unique=True,
        postgresql_where=sa.text("status <> 'voided'"),
    )
    op.create_table(
        "counter_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("code_step", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_counter_visit_interval_forward")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_counter_visit_member_id_member")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_counter_visit_staff_id_staff")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_counter_visit_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_visit")),
        sa.UniqueConstraint("member_id", "code_step", name=op.f("uq_counter_visit_member_id_code_step")),
        sa.UniqueConstraint("public_id", name=op.f("uq_counter_visit_public_id")),
    )
    op.create_index("ix_counter_visit_staff_id_opened_at", "counter_visit", ["staff_id", "opened_at"], unique=False)
    op.create_table(
        "redemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_fen", sa.BigInteger(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(reversed_at IS NULL) = (reversed_by_id IS NULL) AND (reversed_at IS NULL) = (reversal_reason IS NULL)",
            name=op.f("ck_redemption_reversal_has_author_and_reason"),
        ),
        sa.CheckConstraint("undo_until >= redeemed_at", name=op.f("ck_redemption_undo_window_forward")),
        sa.CheckConstraint(
            "discount_fen > 0 AND discount_fen <= bill_fen", name=op.f("ck_redemption_discount_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "coupon_id"],
            ["coupon.member_id", "coupon.id"],
            name=op.f("fk_redemption_member_id_coupon_id_coupon"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_redemption_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["staff.id"], name=op.f("fk_redemption_reversed_by_id_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_redemption_staff_id_staff")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_redemption_store_id_store")),
        sa.ForeignKeyConstraint(["visit_id"], ["counter_visit.id"], name=op.f("fk_redemption_visit_id_counter_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("public_id", name=op.f("uq_redemption_public_id")),
        sa.UniqueConstraint("purchase_id", name=op.f("uq_redemption_purchase_id")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_redemption_visit_id")),
    )
    op.create_index("ix_redemption_coupon_id", "redemption", ["coupon_id"], unique=False)
    op.create_index("ix_redemption_store_id_redeemed_at", "redemption", ["store_id", "redeemed_at", "id"], unique=False)
    op.create_index(
        "uq_redemption_live",
        "redemption",
        ["member_id", "coupon_id"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_redemption_live", table_name="redemption", postgresql_where=sa.text("reversed_at IS NULL"))
    op.drop_index("ix_redemption_store_id_redeemed_at", table_name="redemption")
    op.drop_index("ix_redemption_coupon_id", table_name="redemption")
    op.drop_table("redemption")
    op.drop_index("ix_counter_visit_staff_id_opened_at", table_name="counter_visit")
    op.drop_table("counter_visit")
    op.drop_index("uq_purchase_order", table_name="purchase", postgresql_where=sa.text("status <> 'voided'"))
    op.drop_index("ix_purchase_member_id_occurred_at", table_name="purchase")
    op.drop_table("purchase")
