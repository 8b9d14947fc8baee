"""Achievement badges, what happened to members, and check-ins made up for.

A badge, once awarded, can neither be taken away nor be dated later; what happened is not rewritten; a check-in keeps its
day, its points and its instant: only a merge gives it to the member who stays and counts its streak anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "badge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("emblem", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("settling_after_id", sa.BigInteger(), nullable=True),
        sa.Column("months_through", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "fact IN ('purchases', 'spent_fen', 'categories', 'streak', 'check_ins', 'member_months')",
            name=op.f("ck_badge_fact_known"),
        ),
        sa.CheckConstraint("target > 0", name=op.f("ck_badge_target_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
        sa.UniqueConstraint("code", name=op.f("uq_badge_code")),
        sa.UniqueConstraint("fact", "target", name=op.f("uq_badge_fact_target")),
        sa.UniqueConstraint("public_id", name=op.f("uq_badge_public_id")),
    )
    op.create_table(
        "member_badge",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("badge_id", sa.BigInteger(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["badge_id"], ["badge.id"], name=op.f("fk_member_badge_badge_id_badge")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_member_badge_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "badge_id", name=op.f("pk_member_badge")),
    )
    op.create_table(
        "member_event",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('points_will_expire', 'tier_up', 'tier_down', 'tier_will_drop', 'badge_awarded')",
            name=op.f("ck_member_event_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_member_event_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", "occurrence", name=op.f("pk_member_event")),
    )
    op.create_index(
        "ix_member_event_kind_occurred_at", "member_event", ["kind", "occurred_at", "member_id"], unique=False
    )
    op.add_column(
        "check_in",
        sa.Column(
            "month",
            sa.Date(),
            sa.Computed(
                "make_date(EXTRACT(year FROM business_date)::integer, EXTRACT(month FROM business_date)::integer, 1)",
                persisted=True,
            ),
            nullable=False,
        ),
    )
    op.add_column("check_in", sa.Column("makeup_no", sa.Integer(), nullable=True))
    op.add_column("check_in", sa.Column("makeup_limit", sa.Integer(), nullable=True))
    op.create_index("ix_check_in_member_id_month", "check_in", ["member_id", "month"], unique=False)
    op.create_index(
        "uq_check_in_makeup",
        "check_in",
        ["member_id", "month", "makeup_no"],
        unique=True,
        postgresql_where=sa.text("makeup_no IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_check_in_points_positive"), "check_in", type_="check")
    op.create_check_constraint(
        op.f("ck_check_in_points_positive"), "check_in", "points >= 0 AND (points > 0 OR makeup_no IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_check_in_makeup_within_limit"),
        "check_in",
        "makeup_no BETWEEN 1 AND makeup_limit AND (makeup_no IS NULL) = (makeup_limit IS NULL)",
    )
    op.execute(
        "CREATE TRIGGER tr_member_badge_no_delete BEFORE DELETE ON member_badge "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_member_badge_kept BEFORE UPDATE ON member_badge FOR EACH ROW "
        "WHEN (NEW.member_id <> OLD.member_id OR NEW.badge_id <> OLD.badge_id OR NEW.awarded_at > OLD.awarded_at) "
        "EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_member_event_kept BEFORE UPDATE ON member_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_check_in_no_delete BEFORE DELETE ON check_in FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_check_in_kept BEFORE UPDATE ON check_in FOR EACH ROW "
        "WHEN (NEW.business_date <> OLD.business_date OR NEW.points <> OLD.points "
        "OR NEW.checked_in_at <> OLD.checked_in_at OR (NEW.makeup_no IS NULL) <> (OLD.makeup_no IS NULL)) "
        "EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_check_in_kept ON check_in")
    op.execute("DROP TRIGGER tr_check_in_no_delete ON check_in")
    op.drop_constraint(op.f("ck_check_in_makeup_within_limit"), "check_in", type_="check")
    op.drop_constraint(op.f("ck_check_in_points_positive"), "check_in", type_="check")
    op.create_check_constraint(op.f("ck_check_in_points_positive"), "check_in", "points > 0")
    op.drop_index("uq_check_in_makeup", table_name="check_in", postgresql_where=sa.text("makeup_no IS NOT NULL"))
    op.drop_index("ix_check_in_member_id_month", table_name="check_in")
    op.drop_column("check_in", "makeup_limit")
    op.drop_column("check_in", "makeup_no")
    op.drop_column("check_in", "month")
    op.drop_index("ix_member_event_kind_occurred_at", table_name="member_event")
    op.drop_table("member_event")
    op.drop_table("member_badge")
    op.drop_table("badge")
