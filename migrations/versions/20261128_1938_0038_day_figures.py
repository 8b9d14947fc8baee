"""Figures of each business day for the dashboard, the indexes that count them, and the audit list by action and store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0035"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
DAY_COUNTS = (
    "new_members",
    "bills",
    "buyers",
    "revenue_fen",
    "check_ins",
    "points_issued",
    "points_spent",
    "points_expired",
    "coupons_issued",
    "redemptions",
    "coupon_cost_fen",
    "payer_fen",
    "tier_fen",
    "points_fen",
    "sent",
    "opened",
    "message_cost_fen",
)
DAY_CHECKS = {
    "counts_not_negative": (
        "new_members >= 0 AND revenue_fen >= 0 AND check_ins >= 0 AND coupons_issued >= 0 AND redemptions >= 0"
    ),
    "buyers_have_bills": "buyers BETWEEN 0 AND bills",
    "opened_was_sent": "opened BETWEEN 0 AND sent",
    "costs_not_negative": (
        "coupon_cost_fen >= payer_fen AND payer_fen >= 0 AND tier_fen >= 0 AND points_fen >= 0 AND message_cost_fen >= 0"
    ),
    "standing_whole": (
        "(standing_at IS NULL) = (members IS NULL) AND (standing_at IS NULL) = (liability IS NULL)"
        " AND (standing_at IS NULL) = (liability_points IS NULL) AND (standing_at IS NULL) = (liability_fen IS NULL)"
    ),
}
BRIN = {"pages_per_range": 32, "autosummarize": "on"}


def upgrade() -> None:
    op.create_table(
        "day_figure",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in DAY_COUNTS),
        sa.Column("standing_at", INSTANT),
        sa.Column("members", sa.BigInteger),
        sa.Column("liability_points", sa.BigInteger),
        sa.Column("liability_fen", sa.BigInteger),
        sa.Column("liability", postgresql.JSONB),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_figure")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_day_figure_{name}")) for name, rule in DAY_CHECKS.items()),
    )
    op.create_table(
        "window_figure",
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("buyers", sa.BigInteger, nullable=False),
        sa.Column("repeat_buyers", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("until_on", "days", name=op.f("pk_window_figure")),
        sa.CheckConstraint("days IN (7, 30, 90)", name=op.f("ck_window_figure_days_known")),
        sa.CheckConstraint(
            "repeat_buyers BETWEEN 0 AND buyers", name=op.f("ck_window_figure_repeat_buyers_are_buyers")
        ),
    )
    op.create_index(
        "ix_points_entry_business_date",
        "points_entry",
        ["business_date"],
        postgresql_using="brin",
        postgresql_with=BRIN,
    )
    op.create_index(
        "ix_delivery_dispatched_at", "delivery", ["dispatched_at"], postgresql_using="brin", postgresql_with=BRIN
    )
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", "id"])
    op.create_index(
        "ix_audit_entry_store", "audit_entry", ["store_id", "id"], postgresql_where=sa.text("store_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entry_store", table_name="audit_entry")
    op.drop_index("ix_audit_entry_action", table_name="audit_entry")
    op.drop_index("ix_delivery_dispatched_at", table_name="delivery")
    op.drop_index("ix_points_entry_business_date", table_name="points_entry")
    op.drop_table("window_figure")
    op.drop_table("day_figure")
