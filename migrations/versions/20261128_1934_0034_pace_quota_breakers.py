"""The pace and the day's quota of a sending account, and breakers for templates and accounts that are refused.

In PostgreSQL and not in Redis: a flush must neither forget that a template is banned nor give the day's quota a second time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_pace",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("pace_bp", sa.Integer(), nullable=False),
        sa.Column("throttled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("pace_bp BETWEEN 1 AND 10000", name=op.f("ck_channel_pace_pace_range")),
        sa.CheckConstraint("(held_until IS NULL) = (hold_reason IS NULL)", name=op.f("ck_channel_pace_hold_whole")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_channel_pace")),
    )
    op.create_table(
        "channel_quota",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND cap", name=op.f("ck_channel_quota_used_within_cap")),
        sa.PrimaryKeyConstraint("account", "day", name=op.f("pk_channel_quota")),
    )
    op.create_table(
        "send_breaker",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("failed_probes", sa.Integer(), nullable=False),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('template', 'account')", name=op.f("ck_send_breaker_scope_known")),
        sa.CheckConstraint("state IN ('closed', 'open', 'half_open')", name=op.f("ck_send_breaker_state_known")),
        sa.CheckConstraint("refusals >= 0", name=op.f("ck_send_breaker_refusals_not_negative")),
        sa.CheckConstraint("failed_probes >= 0", name=op.f("ck_send_breaker_failed_probes_not_negative")),
        sa.CheckConstraint(
            "(state = 'closed') = (opened_at IS NULL) AND (state = 'closed') = (probe_at IS NULL)",
            name=op.f("ck_send_breaker_open_has_times"),
        ),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_send_breaker")),
    )
    op.create_index(
        "ix_send_breaker_open", "send_breaker", ["scope", "key"], postgresql_where=sa.text("state <> 'closed'")
    )
    op.add_column("programme", sa.Column("sends_per_day", sa.BigInteger(), server_default="10000000", nullable=False))
    op.create_check_constraint(op.f("ck_programme_sends_per_day_positive"), "programme", "sends_per_day > 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_programme_sends_per_day_positive"), "programme")
    op.drop_column("programme", "sends_per_day")
    op.drop_index("ix_send_breaker_open", table_name="send_breaker")
    op.drop_table("send_breaker")
    op.drop_table("channel_quota")
    op.drop_table("channel_pace")
