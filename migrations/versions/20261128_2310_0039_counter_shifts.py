"""Shifts at the counter, handed over with figures, a count and a word."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
SUMS = ("bills", "undone", "coupons_used", "bill_fen", "coupon_fen", "tier_fen", "points_fen")
CHECKS = {
    "interval_forward": "closed_at >= opened_at",
    # The figures are written once, as it is closed.
    "closed_with_figures": f"num_nonnulls(closed_at, {', '.join(SUMS)}) IN (0, {len(SUMS) + 1})",
    "figures_not_negative": f"least({', '.join(SUMS)}, counted_fen) >= 0",
    "discounts_within_bills": "coupon_fen + tier_fen + points_fen <= bill_fen",
    "counted_when_closed": "counted_fen IS NULL OR closed_at IS NOT NULL",
    "acknowledged_by_somebody": "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
    "acknowledged_after_close": ("acknowledged_at IS NULL OR (closed_at IS NOT NULL AND acknowledged_at >= closed_at)"),
    # Whoever takes over is somebody else.
    "acknowledged_by_another": "acknowledged_by_id <> staff_id",
}


def upgrade() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("store_id", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.BigInteger, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        *(sa.Column(name, sa.BigInteger) for name in SUMS),
        sa.Column("counted_fen", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("acknowledged_by_id", sa.BigInteger),
        sa.Column("reply", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shift_public_id")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shift_store_id_store")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shift_staff_id_staff")),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["staff.id"], name=op.f("fk_shift_acknowledged_by_id_staff")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_shift_{name}")) for name, rule in CHECKS.items()),
    )
    # One shift at a time for a person at a store.
    op.create_index(
        "uq_shift_open", "shift", ["store_id", "staff_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index("ix_shift_store_id_opened_at", "shift", ["store_id", "opened_at", "id"])


def downgrade() -> None:
    op.drop_table("shift")
