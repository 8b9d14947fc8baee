"""The exchange shop, coupons that events bring, and coupons clerks may give.

A coupon paid with points needs a row that ties the two together, so that a return undoes both and once. What an event brings
is owed first and given by a tick: nobody's joining, paying or checking in waits for a batch.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("coupon_batch", sa.Column("clerk_can_issue", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_check_constraint(
        op.f("ck_coupon_batch_clerks_issue_what_is_issued"), "coupon_batch", "how = 'issue' OR NOT clerk_can_issue"
    )
    _exchanges()
    _automations()


def _exchanges() -> None:
    op.create_table(
        "coupon_exchange",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("paid_by_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("exchanged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by_id", sa.BigInteger(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("points > 0", name=op.f("ck_coupon_exchange_points_positive")),
        sa.CheckConstraint("state IN ('done', 'returned')", name=op.f("ck_coupon_exchange_state_known")),
        sa.CheckConstraint(
            "(state = 'returned') = (returned_at IS NOT NULL) AND (state = 'returned') = (returned_by_id IS NOT NULL)"
            " AND (state = 'returned') = (return_reason IS NOT NULL)",
            name=op.f("ck_coupon_exchange_return_has_author_and_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "coupon_id"],
            ["coupon.member_id", "coupon.id"],
            name=op.f("fk_coupon_exchange_member_id_coupon_id_coupon"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paid_by_id", "entry_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_coupon_exchange_paid_by_id_entry_id_points_entry"),
        ),
        sa.ForeignKeyConstraint(["returned_by_id"], ["staff.id"], name=op.f("fk_coupon_exchange_returned_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_exchange")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_exchange_public_id")),
        sa.UniqueConstraint("paid_by_id", "entry_id", name=op.f("uq_coupon_exchange_paid_by_id_entry_id")),
        sa.UniqueConstraint("member_id", "coupon_id", name=op.f("uq_coupon_exchange_member_id_coupon_id")),
    )
    op.create_index("ix_coupon_exchange_member_id_id", "coupon_exchange", ["member_id", "id"], unique=False)


def _automations() -> None:
    op.create_table(
        "coupon_automation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "event IN ('joined', 'anniversary', 'tier_up', 'purchase', 'check_in')",
            name=op.f("ck_coupon_automation_event_known"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_coupon_automation_interval_forward")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batch.id"], name=op.f("fk_coupon_automation_batch_id_coupon_batch")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_coupon_automation_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_automation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_automation_public_id")),
        sa.UniqueConstraint("name", name=op.f("uq_coupon_automation_name")),
    )
    op.create_index(
        "ix_coupon_automation_event",
        "coupon_automation",
        ["event"],
        unique=False,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "coupon_owed",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("automation_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'given', 'unavailable', 'withdrawn')", name=op.f("ck_coupon_owed_state_known")
        ),
        sa.CheckConstraint("(state = 'due') = (ended_at IS NULL)", name=op.f("ck_coupon_owed_ended_has_time")),
        sa.CheckConstraint(
            "(state IN ('unavailable', 'withdrawn')) = (reason IS NOT NULL)", name=op.f("ck_coupon_owed_reason_told")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_coupon_owed_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(
            ["automation_id"], ["coupon_automation.id"], name=op.f("fk_coupon_owed_automation_id_coupon_automation")
        ),
        sa.PrimaryKeyConstraint("member_id", "automation_id", "occurrence", name=op.f("pk_coupon_owed")),
    )
    op.create_index(
        "ix_coupon_owed_due",
        "coupon_owed",
        ["due_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("ix_coupon_owed_automation_id_state", "coupon_owed", ["automation_id", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_coupon_owed_automation_id_state", table_name="coupon_owed")
    op.drop_index("ix_coupon_owed_due", table_name="coupon_owed")
    op.drop_table("coupon_owed")
    op.drop_index("ix_coupon_automation_event", table_name="coupon_automation")
    op.drop_table("coupon_automation")
    op.drop_index("ix_coupon_exchange_member_id_id", table_name="coupon_exchange")
    op.drop_table("coupon_exchange")
    op.drop_constraint(op.f("ck_coupon_batch_clerks_issue_what_is_issued"), "coupon_batch")
    op.drop_column("coupon_batch", "clerk_can_issue")
