"""Points: entries that name both accounts, lots with expiry, lot uses."""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_check_in_points_positive")),
        sa.CheckConstraint("streak > 0", name=op.f("ck_check_in_streak_positive")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_check_in_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "business_date", name=op.f("pk_check_in")),
    )
    op.create_table(
        "points_entry",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_account", sa.Text(), nullable=False),
        sa.Column("to_account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "delta",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN to_account = 'member' THEN amount WHEN from_account = 'member' THEN -amount ELSE 0 END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("owed_after", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "'member' IN (from_account, to_account) OR 'owed' IN (from_account, to_account)",
            name=op.f("ck_points_entry_touches_member"),
        ),
        sa.CheckConstraint(
            "(kind = 'reverse') = (reverses_id IS NOT NULL)", name=op.f("ck_points_entry_reversal_names_entry")
        ),
        sa.CheckConstraint(
            "from_account IN ('member', 'owed', 'issue', 'spend', 'expire', 'adjust', 'merge')",
            name=op.f("ck_points_entry_from_account_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('earn', 'spend', 'expire', 'adjust', 'reverse', 'settle', 'merge')",
            name=op.f("ck_points_entry_kind_known"),
        ),
        sa.CheckConstraint(
            "to_account IN ('member', 'owed', 'issue', 'spend', 'expire', 'adjust', 'merge')",
            name=op.f("ck_points_entry_to_account_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_entry_amount_positive")),
        sa.CheckConstraint("balance_after >= 0 AND owed_after >= 0", name=op.f("ck_points_entry_after_not_negative")),
        sa.CheckConstraint("from_account <> to_account", name=op.f("ck_points_entry_two_accounts")),
        sa.ForeignKeyConstraint(
            ["member_id", "reverses_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_points_entry_member_id_reverses_id_points_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_points_entry_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("member_id", "seq", name=op.f("uq_points_entry_member_id_seq")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_points_entry_member_id_source")),
    )
    op.create_index(
        "uq_points_entry_reversal",
        "points_entry",
        ["member_id", "reverses_id", "from_account"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "points_lot",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("granted > 0", name=op.f("ck_points_lot_granted_positive")),
        sa.CheckConstraint("remaining BETWEEN 0 AND granted", name=op.f("ck_points_lot_remaining_in_range")),
        sa.ForeignKeyConstraint(
            ["member_id", "entry_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_points_lot_member_id_entry_id_points_entry"),
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_points_lot")),
    )
    op.create_index(
        "ix_points_lot_due",
        "points_lot",
        ["expires_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
    )
    op.create_index("ix_points_lot_entry", "points_lot", ["member_id", "entry_id"], unique=False)
    op.create_index(
        "ix_points_lot_open",
        "points_lot",
        ["member_id", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "points_lot_use",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_lot_use_amount_positive")),
        sa.ForeignKeyConstraint(
            ["member_id", "entry_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_points_lot_use_member_id_entry_id_points_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "lot_id"],
            ["points_lot.member_id", "points_lot.id"],
            name=op.f("fk_points_lot_use_member_id_lot_id_points_lot"),
        ),
        sa.PrimaryKeyConstraint("member_id", "entry_id", "lot_id", name=op.f("pk_points_lot_use")),
    )
    op.create_index("ix_points_lot_use_lot", "points_lot_use", ["member_id", "lot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_points_lot_use_lot", table_name="points_lot_use")
    op.drop_table("points_lot_use")
    op.drop_index("ix_points_lot_open", table_name="points_lot", postgresql_where=sa.text("remaining > 0"))
    op.drop_index("ix_points_lot_entry", table_name="points_lot")
    op.drop_index(
        "ix_points_lot_due",
        table_name="points_lot",
        postgresql_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
    )
    op.drop_table("points_lot")
    op.drop_index(
        "uq_points_entry_reversal", table_name="points_entry", postgresql_where=sa.text("reverses_id IS NOT NULL")
    )
    op.drop_table("points_entry")
    op.drop_table("check_in")
