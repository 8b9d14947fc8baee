"""Gifts to friends: a copy promised by a token, accepted once, taken back until then.

A promised copy is held as one at a counter is, only that no visit holds it: whoever uses or holds coupons refuses it already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

HELD = "ck_coupon_held_while_active"


def upgrade() -> None:
    op.drop_constraint(op.f(HELD), "coupon")
    op.create_check_constraint(
        op.f(HELD),
        "coupon",
        "(held_visit_id IS NULL OR held_until IS NOT NULL) AND (held_until IS NULL OR status = 'active')",
    )
    op.create_table(
        "coupon_transfer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("from_member_id", sa.BigInteger(), nullable=False),
        sa.Column("from_coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_member_id", sa.BigInteger(), nullable=True),
        sa.Column("to_coupon_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'revoked', 'expired')", name=op.f("ck_coupon_transfer_state_known")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_coupon_transfer_ended_has_instant")),
        sa.CheckConstraint(
            "(state = 'accepted') = (to_coupon_id IS NOT NULL) AND (to_coupon_id IS NULL) = (to_member_id IS NULL)",
            name=op.f("ck_coupon_transfer_accepted_has_copy"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_coupon_transfer_interval_forward")),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_coupon_transfer_hash_length")),
        sa.ForeignKeyConstraint(
            ["from_member_id", "from_coupon_id"],
            ["coupon.member_id", "coupon.id"],
            name=op.f("fk_coupon_transfer_from_member_id_from_coupon_id_coupon"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_member_id", "to_coupon_id"],
            ["coupon.member_id", "coupon.id"],
            name=op.f("fk_coupon_transfer_to_member_id_to_coupon_id_coupon"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_transfer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_transfer_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_coupon_transfer_token_hash")),
        sa.UniqueConstraint("to_member_id", "to_coupon_id", name=op.f("uq_coupon_transfer_to_member_id_to_coupon_id")),
    )
    op.create_index(
        "uq_coupon_transfer_live",
        "coupon_transfer",
        ["from_member_id", "from_coupon_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'accepted')"),
    )
    op.create_index("ix_coupon_transfer_from", "coupon_transfer", ["from_member_id", "from_coupon_id"], unique=False)
    op.create_index(
        "ix_coupon_transfer_due",
        "coupon_transfer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.execute(
        "CREATE TRIGGER tr_coupon_transfer_ends_once BEFORE UPDATE ON coupon_transfer FOR EACH ROW "
        "WHEN (OLD.state <> 'open' AND (NEW.state <> OLD.state OR NEW.ended_at IS DISTINCT FROM OLD.ended_at "
        "OR NEW.to_coupon_id IS DISTINCT FROM OLD.to_coupon_id)) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    """A copy promised to a friend is its owner's alone again."""
    op.drop_table("coupon_transfer")
    op.execute("UPDATE coupon SET held_until = NULL WHERE held_visit_id IS NULL AND held_until IS NOT NULL")
    op.drop_constraint(op.f(HELD), "coupon")
    op.create_check_constraint(
        op.f(HELD),
        "coupon",
        "(held_visit_id IS NULL) = (held_until IS NULL) AND (held_until IS NULL OR status = 'active')",
    )
