"""Points that are pending, held, adjusted by hand; lots that remember who first earned them; partial reversals (I1, I13)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adjustment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(needs_approval AND state <> 'waiting') = (decided_by_id IS NOT NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_adjustment_decision_whole"),
        ),
        sa.CheckConstraint("ledger IN ('points', 'growth')", name=op.f("ck_adjustment_ledger_known")),
        sa.CheckConstraint(
            "reason_code IN ('service', 'goodwill', 'mistake', 'fraud', 'migration')",
            name=op.f("ck_adjustment_reason_known"),
        ),
        sa.CheckConstraint("state <> 'waiting' OR needs_approval", name=op.f("ck_adjustment_waiting_needs_approval")),
        sa.CheckConstraint("state IN ('waiting', 'booked', 'rejected')", name=op.f("ck_adjustment_state_known")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_adjustment_amount_not_zero")),
        sa.CheckConstraint("decided_by_id <> requested_by_id", name=op.f("ck_adjustment_second_person")),
        sa.CheckConstraint("length(reason) >= 4", name=op.f("ck_adjustment_reason_told")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_adjustment_decided_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_adjustment_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["staff.id"], name=op.f("fk_adjustment_requested_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_adjustment_public_id")),
    )
    op.create_index("ix_adjustment_member_id_id", "adjustment", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_adjustment_requested_by_id_business_date", "adjustment", ["requested_by_id", "business_date"], unique=False
    )
    op.create_index(
        "ix_adjustment_waiting", "adjustment", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "points_hold",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'captured') = (entry_id IS NOT NULL)", name=op.f("ck_points_hold_captured_has_entry")
        ),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name=op.f("ck_points_hold_ended_has_time")),
        sa.CheckConstraint(
            "state IN ('held', 'captured', 'released', 'expired')", name=op.f("ck_points_hold_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_hold_amount_positive")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_points_hold_interval_forward")),
        sa.ForeignKeyConstraint(
            ["member_id", "entry_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_points_hold_member_id_entry_id_points_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_points_hold_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_points_hold")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_points_hold_member_id_source")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_hold_public_id")),
    )
    op.create_index(
        "ix_points_hold_due",
        "points_hold",
        ["expires_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_points_hold_open", "points_hold", ["member_id"], unique=False, postgresql_where=sa.text("state = 'held'")
    )
    op.create_table(
        "points_hold_lot",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_hold_lot_amount_positive")),
        sa.ForeignKeyConstraint(
            ["member_id", "hold_id"],
            ["points_hold.member_id", "points_hold.id"],
            name=op.f("fk_points_hold_lot_member_id_hold_id_points_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "lot_id"],
            ["points_lot.member_id", "points_lot.id"],
            name=op.f("fk_points_hold_lot_member_id_lot_id_points_lot"),
        ),
        sa.PrimaryKeyConstraint("member_id", "hold_id", "lot_id", name=op.f("pk_points_hold_lot")),
    )
    op.create_index("ix_points_hold_lot_lot", "points_hold_lot", ["member_id", "lot_id"], unique=False)
    op.add_column("points_entry", sa.Column("rule_version_id", sa.BigInteger(), nullable=True))
    op.drop_index(
        op.f("uq_points_entry_reversal"), table_name="points_entry", postgresql_where="(reverses_id IS NOT NULL)"
    )
    op.create_index(
        "ix_points_entry_reversal",
        "points_entry",
        ["member_id", "reverses_id"],
        unique=False,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_points_entry_rule_version_id_earning_rule_version"),
        "points_entry",
        "earning_rule_version",
        ["rule_version_id"],
        ["id"],
    )
    op.add_column("points_lot", sa.Column("held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("points_lot", sa.Column("available_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("points_lot", sa.Column("root_member_id", sa.BigInteger(), nullable=True))
    op.add_column("points_lot", sa.Column("root_entry_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_points_lot_root",
        "points_lot",
        ["root_member_id", "root_entry_id"],
        unique=False,
        postgresql_where=sa.text("root_entry_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_points_lot_root_member_id_root_entry_id_points_entry"),
        "points_lot",
        "points_entry",
        ["root_member_id", "root_entry_id"],
        ["member_id", "id"],
    )
    op.create_check_constraint(op.f("ck_points_lot_held_in_range"), "points_lot", "held BETWEEN 0 AND remaining")
    op.create_check_constraint(op.f("ck_points_lot_available_before_expiry"), "points_lot", "available_at < expires_at")
    op.create_check_constraint(
        op.f("ck_points_lot_root_whole"), "points_lot", "(root_member_id IS NULL) = (root_entry_id IS NULL)"
    )
    op.add_column("member_account", sa.Column("points_held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("member_account", sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_member_account_points_held_in_balance"), "member_account", "points_held BETWEEN 0 AND points_balance"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_member_account_points_held_in_balance"), "member_account", type_="check")
    op.drop_column("member_account", "booked_at")
    op.drop_column("member_account", "points_held")
    op.drop_constraint(op.f("ck_points_lot_root_whole"), "points_lot", type_="check")
    op.drop_constraint(op.f("ck_points_lot_available_before_expiry"), "points_lot", type_="check")
    op.drop_constraint(op.f("ck_points_lot_held_in_range"), "points_lot", type_="check")
    op.drop_constraint(
        op.f("fk_points_lot_root_member_id_root_entry_id_points_entry"), "points_lot", type_="foreignkey"
    )
    op.drop_index("ix_points_lot_root", table_name="points_lot", postgresql_where=sa.text("root_entry_id IS NOT NULL"))
    op.drop_column("points_lot", "root_entry_id")
    op.drop_column("points_lot", "root_member_id")
    op.drop_column("points_lot", "available_at")
    op.drop_column("points_lot", "held")
    op.drop_constraint(op.f("fk_points_entry_rule_version_id_earning_rule_version"), "points_entry", type_="foreignkey")
    op.drop_index(
        "ix_points_entry_reversal", table_name="points_entry", postgresql_where=sa.text("reverses_id IS NOT NULL")
    )
    op.create_index(
        op.f("uq_points_entry_reversal"),
        "points_entry",
        ["member_id", "reverses_id", "from_account"],
        unique=True,
        postgresql_where="(reverses_id IS NOT NULL)",
    )
    op.drop_column("points_entry", "rule_version_id")
    op.drop_index("ix_points_hold_lot_lot", table_name="points_hold_lot")
    op.drop_table("points_hold_lot")
    op.drop_index("ix_points_hold_open", table_name="points_hold", postgresql_where=sa.text("state = 'held'"))
    op.drop_index("ix_points_hold_due", table_name="points_hold", postgresql_where=sa.text("state = 'held'"))
    op.drop_table("points_hold")
    op.drop_index("ix_adjustment_waiting", table_name="adjustment", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_adjustment_requested_by_id_business_date", table_name="adjustment")
    op.drop_index("ix_adjustment_member_id_id", table_name="adjustment")
    op.drop_table("adjustment")
