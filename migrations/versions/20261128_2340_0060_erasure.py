"""Erasure: wishes with a time to think, coupons and tiers that end with a membership, identities that may be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0039"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
SCOPES = ("'coupon'", "'run'", "'batch'")
TIER_REASONS = ("'joined'", "'growth'", "'reversal'", "'merge'", "'review'", "'ladder'", "'adjust'")


def upgrade() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("staff_id", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint(
            "state IN ('waiting', 'withdrawn', 'merged', 'done')", name=op.f("ck_erasure_request_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_erasure_request_ended_has_instant")
        ),
        sa.CheckConstraint(
            "due_at > requested_at AND (state <> 'done' OR ended_at >= due_at)",
            name=op.f("ck_erasure_request_thought_over"),
        ),
        sa.CheckConstraint("(staff_id IS NULL) = (reason IS NULL)", name=op.f("ck_erasure_request_staff_tells_why")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_erasure_request_member_id_member")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_erasure_request_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_erasure_request_public_id")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_erasure_request_waiting", "erasure_request", ["member_id"], unique=True, postgresql_where=waiting
    )
    op.create_index("ix_erasure_request_due", "erasure_request", ["due_at", "id"], postgresql_where=waiting)
    op.create_index(op.f("ix_erasure_request_member_id"), "erasure_request", ["member_id"])
    op.alter_column("revocation", "created_by_id", nullable=True)
    _replace("revocation", "scope_known", _one_of("scope", *SCOPES, "'erasure'"))
    op.create_check_constraint(
        op.f("ck_revocation_by_somebody"), "revocation", "(scope = 'erasure') = (created_by_id IS NULL)"
    )
    _replace("tier_history", "reason_known", _one_of("reason", *TIER_REASONS, "'erasure'"))


def downgrade() -> None:
    _replace("tier_history", "reason_known", _one_of("reason", *TIER_REASONS))
    op.drop_constraint(op.f("ck_revocation_by_somebody"), "revocation")
    _replace("revocation", "scope_known", _one_of("scope", *SCOPES))
    op.alter_column("revocation", "created_by_id", nullable=False)
    op.drop_table("erasure_request")


def _replace(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(values)})"
