"""Coupons to many at once and back: issue runs and revocations as rows a tick works off; coupons know both.

A list uploaded by a marketer or a whole tier is thousands of coupons: too many for one request, and too dear to be given twice
after a crash. What a run gave and what a revocation took is found by the coupon's own columns, so that taking back is as exact
as giving. The expiry index gets the member, so that coupons about to run out can be told of in chunks.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ACTIVE = sa.text("status = 'active'")
EVENTS = ("points_will_expire", "tier_up", "tier_down", "tier_will_drop", "badge_awarded")
EVENTS_NOW = ("points_will_expire", "coupon_will_expire", *EVENTS[1:])


def upgrade() -> None:
    _runs()
    _revocations()
    _coupons()
    _events(EVENTS_NOW)
    op.add_column("programme", sa.Column("coupon_expiry_notice_days", sa.Integer(), nullable=False, server_default="3"))
    op.create_check_constraint(
        op.f("ck_programme_coupon_expiry_notice_range"), "programme", "coupon_expiry_notice_days BETWEEN 0 AND 365"
    )


def _runs() -> None:
    op.create_table(
        "issue_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("tier_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("member_list_id", sa.BigInteger(), nullable=True),
        sa.Column("is_partial", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("through_id", sa.BigInteger(), nullable=False),
        sa.Column("late_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False, server_default="{}"),
        sa.Column("given", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("skipped", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('everyone', 'tiers', 'member_list')", name=op.f("ck_issue_run_audience_known")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'running', 'paused', 'done', 'cancelled', 'revoked')",
            name=op.f("ck_issue_run_state_known"),
        ),
        sa.CheckConstraint(
            "(audience = 'tiers') = (cardinality(tier_ids) > 0) "
            "AND (audience = 'member_list') = (member_list_id IS NOT NULL)",
            name=op.f("ck_issue_run_audience_whole"),
        ),
        sa.CheckConstraint("after_id BETWEEN 0 AND through_id", name=op.f("ck_issue_run_cursor_in_range")),
        sa.CheckConstraint("given >= 0 AND total >= 0", name=op.f("ck_issue_run_counts_not_negative")),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled', 'revoked')) = (finished_at IS NOT NULL)",
            name=op.f("ck_issue_run_ended_has_instant"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["coupon_batch.id"], name=op.f("fk_issue_run_batch_id_coupon_batch")),
        sa.ForeignKeyConstraint(
            ["member_list_id"], ["member_list.id"], name=op.f("fk_issue_run_member_list_id_member_list")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_issue_run_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_issue_run_public_id")),
    )
    op.create_index(
        "ix_issue_run_live",
        "issue_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'running')"),
    )


def _revocations() -> None:
    op.create_table(
        "revocation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("issue_run_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("revoked", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("restored", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('coupon', 'run', 'batch')", name=op.f("ck_revocation_scope_known")),
        sa.CheckConstraint("state IN ('working', 'done', 'undoing', 'undone')", name=op.f("ck_revocation_state_known")),
        sa.CheckConstraint("(scope = 'run') = (issue_run_id IS NOT NULL)", name=op.f("ck_revocation_run_is_named")),
        sa.CheckConstraint(
            "expected >= 0 AND after_id >= 0 AND revoked >= 0 AND restored >= 0",
            name=op.f("ck_revocation_counts_not_negative"),
        ),
        sa.CheckConstraint("(state = 'working') = (finished_at IS NULL)", name=op.f("ck_revocation_ended_has_instant")),
        sa.CheckConstraint(
            "(state IN ('undoing', 'undone')) = (undone_by_id IS NOT NULL)"
            " AND (undone_by_id IS NULL) = (undone_at IS NULL)",
            name=op.f("ck_revocation_undo_has_author"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["coupon_batch.id"], name=op.f("fk_revocation_batch_id_coupon_batch")),
        sa.ForeignKeyConstraint(["issue_run_id"], ["issue_run.id"], name=op.f("fk_revocation_issue_run_id_issue_run")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_revocation_created_by_id_staff")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["staff.id"], name=op.f("fk_revocation_undone_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_revocation_public_id")),
    )
    op.create_index(
        "uq_revocation_busy",
        "revocation",
        ["batch_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('working', 'undoing') AND scope <> 'coupon'"),
    )
    op.create_index(
        "ix_revocation_live",
        "revocation",
        ["batch_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('working', 'undoing')"),
    )


def _coupons() -> None:
    for column, table in (("issue_run_id", "issue_run"), ("revocation_id", "revocation")):
        op.add_column("coupon", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_coupon_{column}_{table}"), "coupon", table, [column], ["id"])
        op.create_index(
            f"ix_coupon_{table}",
            "coupon",
            [column, *(["status"] if table == "revocation" else []), "member_id"],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_check_constraint(
        op.f("ck_coupon_revoked_by_somebody"),
        "coupon",
        # A copy from the exchange shop or an automation is taken back with its exchange or its bill, whose rows say so.
        "status <> 'revoked' OR revocation_id IS NOT NULL OR source LIKE 'exchange:%' OR source LIKE 'auto:%'",
    )
    op.drop_index("ix_coupon_due", table_name="coupon")
    op.create_index("ix_coupon_due", "coupon", ["expires_at", "member_id"], unique=False, postgresql_where=ACTIVE)


def _events(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_member_event_kind_known"), "member_event", type_="check")
    op.create_check_constraint(
        op.f("ck_member_event_kind_known"), "member_event", f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    )


def downgrade() -> None:
    """What was told of coupons stands in the way: the downgrade stops at the old CHECK."""
    op.drop_constraint(op.f("ck_programme_coupon_expiry_notice_range"), "programme", type_="check")
    op.drop_column("programme", "coupon_expiry_notice_days")
    _events(EVENTS)
    op.drop_index("ix_coupon_due", table_name="coupon")
    op.create_index("ix_coupon_due", "coupon", ["expires_at"], unique=False, postgresql_where=ACTIVE)
    op.drop_constraint(op.f("ck_coupon_revoked_by_somebody"), "coupon", type_="check")
    for column, table in (("revocation_id", "revocation"), ("issue_run_id", "issue_run")):
        op.drop_index(f"ix_coupon_{table}", table_name="coupon")
        op.drop_constraint(op.f(f"fk_coupon_{column}_{table}"), "coupon", type_="foreignkey")
        op.drop_column("coupon", column)
    op.drop_index("ix_revocation_live", table_name="revocation")
    op.drop_index("uq_revocation_busy", table_name="revocation")
    op.drop_table("revocation")
    op.drop_index("ix_issue_run_live", table_name="issue_run")
    op.drop_table("issue_run")
