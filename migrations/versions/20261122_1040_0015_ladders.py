"""Ladders in versions with qualification, validity and review; benefits and gifts of a tier; growth that counts for a period (I12)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ladder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("qualification_months", sa.Integer(), nullable=True),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("downgrade", sa.Text(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settling_after_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(qualification = 'rolling') = (qualification_months IS NOT NULL) AND qualification_months BETWEEN 1 AND 36",
            name=op.f("ck_ladder_qualification_months_range"),
        ),
        sa.CheckConstraint(
            "(qualification = 'rolling') = (validity_months IS NOT NULL) AND validity_months BETWEEN 1 AND 36",
            name=op.f("ck_ladder_validity_months_range"),
        ),
        sa.CheckConstraint("(status = 'draft') = (activated_at IS NULL)", name=op.f("ck_ladder_activated_has_time")),
        sa.CheckConstraint(
            "downgrade IN ('keep', 'one_down', 'balance_based')", name=op.f("ck_ladder_downgrade_known")
        ),
        sa.CheckConstraint(
            "qualification IN ('lifetime', 'rolling', 'calendar_year')", name=op.f("ck_ladder_qualification_known")
        ),
        sa.CheckConstraint("status IN ('draft', 'active', 'retired')", name=op.f("ck_ladder_status_known")),
        sa.CheckConstraint(
            "grace_days BETWEEN 0 AND 180 AND notice_days BETWEEN 0 AND 180", name=op.f("ck_ladder_days_range")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_ladder_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder")),
        sa.UniqueConstraint("public_id", name=op.f("uq_ladder_public_id")),
    )
    op.create_index(
        "uq_ladder_active", "ladder", ["status"], unique=True, postgresql_where=sa.text("status = 'active'")
    )
    # What members were told when a ladder came into force stays told: only the tiers added later join it.
    op.execute(
        """
        CREATE FUNCTION refuse_ladder_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE'
               OR NEW.status = 'draft'
               OR (OLD.status = 'retired' AND NEW.status <> 'retired')
               OR NOT NEW.thresholds @> OLD.thresholds
               OR (NEW.qualification, NEW.qualification_months, NEW.validity_months, NEW.downgrade, NEW.grace_days,
                   NEW.notice_days, NEW.activated_at)
                  IS DISTINCT FROM (OLD.qualification, OLD.qualification_months, OLD.validity_months, OLD.downgrade,
                                    OLD.grace_days, OLD.notice_days, OLD.activated_at) THEN
                RAISE EXCEPTION 'ladder % was in force and stays as it was', OLD.id
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER tr_ladder_stays BEFORE UPDATE OR DELETE ON ladder "
        "FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION refuse_ladder_rewrite()"
    )
    op.create_table(
        "tier_gift",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'due') = (ended_at IS NULL)", name=op.f("ck_tier_gift_ended_has_time")),
        sa.CheckConstraint("kind IN ('upgrade_gift', 'monthly_pack')", name=op.f("ck_tier_gift_kind_known")),
        sa.CheckConstraint("state IN ('due', 'given', 'unavailable')", name=op.f("ck_tier_gift_state_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_tier_gift_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_tier_gift_tier_id_tier")),
        sa.PrimaryKeyConstraint("member_id", "tier_id", "kind", "period", name=op.f("pk_tier_gift")),
    )
    op.create_index(
        "ix_tier_gift_due",
        "tier_gift",
        ["due_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "tier_benefit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("coupon_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("discount_bp", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'discount') = (discount_bp IS NOT NULL) AND discount_bp BETWEEN 1 AND 9999",
            name=op.f("ck_tier_benefit_discount_range"),
        ),
        sa.CheckConstraint(
            "(kind IN ('birthday_gift', 'upgrade_gift', 'monthly_pack')) = (coupon_batch_id IS NOT NULL)",
            name=op.f("ck_tier_benefit_gift_has_batch"),
        ),
        sa.CheckConstraint(
            "kind IN ('birthday_gift', 'upgrade_gift', 'monthly_pack', 'discount', 'priority')",
            name=op.f("ck_tier_benefit_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["coupon_batch_id"], ["coupon_batch.id"], name=op.f("fk_tier_benefit_coupon_batch_id_coupon_batch")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_tier_benefit_tier_id_tier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_benefit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tier_benefit_public_id")),
        sa.UniqueConstraint("tier_id", "kind", name=op.f("uq_tier_benefit_tier_id_kind")),
    )
    op.add_column("growth_entry", sa.Column("rule_version_id", sa.BigInteger(), nullable=True))
    op.add_column("growth_entry", sa.Column("counts_on", sa.Date(), nullable=True))
    # Rewritten by the type change, past the trigger that keeps entries as they are: old growth counts for its own day.
    op.alter_column("growth_entry", "counts_on", type_=sa.Date(), nullable=False, postgresql_using="business_date")
    op.drop_index(
        op.f("uq_growth_entry_reversal"), table_name="growth_entry", postgresql_where="(reverses_id IS NOT NULL)"
    )
    op.create_index(
        "ix_growth_entry_counts_on",
        "growth_entry",
        ["member_id", "counts_on"],
        unique=False,
        postgresql_include=["delta"],
    )
    op.create_index(
        "ix_growth_entry_reversal",
        "growth_entry",
        ["member_id", "reverses_id"],
        unique=False,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_growth_entry_rule_version_id_earning_rule_version"),
        "growth_entry",
        "earning_rule_version",
        ["rule_version_id"],
        ["id"],
    )
    op.add_column("member_account", sa.Column("tier_valid_through", sa.Date(), nullable=True))
    op.create_index(
        "ix_member_account_review",
        "member_account",
        ["tier_valid_through", "member_id"],
        unique=False,
        postgresql_where=sa.text("tier_valid_through IS NOT NULL"),
    )
    op.drop_constraint(op.f("uq_tier_growth_threshold"), "tier", type_="unique")
    op.create_unique_constraint(
        op.f("uq_tier_growth_threshold"), "tier", ["growth_threshold"], deferrable=True, initially="DEFERRED"
    )
    op.drop_constraint(op.f("ck_tier_history_reason_known"), "tier_history", type_="check")
    op.create_check_constraint(
        op.f("ck_tier_history_reason_known"),
        "tier_history",
        "reason IN ('joined', 'growth', 'reversal', 'merge', 'review', 'ladder', 'adjust')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_tier_history_reason_known"), "tier_history", type_="check")
    op.create_check_constraint(
        op.f("ck_tier_history_reason_known"),
        "tier_history",
        "reason IN ('joined', 'growth', 'reversal', 'merge', 'review')",
    )
    op.drop_constraint(op.f("uq_tier_growth_threshold"), "tier", type_="unique")
    op.create_unique_constraint(op.f("uq_tier_growth_threshold"), "tier", ["growth_threshold"])
    op.drop_index(
        "ix_member_account_review",
        table_name="member_account",
        postgresql_where=sa.text("tier_valid_through IS NOT NULL"),
    )
    op.drop_column("member_account", "tier_valid_through")
    op.drop_constraint(op.f("fk_growth_entry_rule_version_id_earning_rule_version"), "growth_entry", type_="foreignkey")
    op.drop_index(
        "ix_growth_entry_reversal", table_name="growth_entry", postgresql_where=sa.text("reverses_id IS NOT NULL")
    )
    op.drop_index("ix_growth_entry_counts_on", table_name="growth_entry", postgresql_include=["delta"])
    op.create_index(
        op.f("uq_growth_entry_reversal"),
        "growth_entry",
        ["member_id", "reverses_id"],
        unique=True,
        postgresql_where="(reverses_id IS NOT NULL)",
    )
    op.drop_column("growth_entry", "counts_on")
    op.drop_column("growth_entry", "rule_version_id")
    op.drop_table("tier_benefit")
    op.drop_index("ix_tier_gift_due", table_name="tier_gift", postgresql_where=sa.text("state = 'due'"))
    op.drop_table("tier_gift")
    op.drop_index("uq_ladder_active", table_name="ladder", postgresql_where=sa.text("status = 'active'"))
    op.drop_table("ladder")
    op.execute("DROP FUNCTION refuse_ladder_rewrite()")
