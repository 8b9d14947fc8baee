"""Earning rules in versions, and what each paid for which event (I4).

What a version says is never rewritten: only its end may be set or brought forward. What was paid may only be taken back further
and follow its member into a merge.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GUARDS = (
    ("earning_rule", "append_only", "refuse_rewrite"),
    ("earning_rule_version", "only_ends", "refuse_rule_rewrite"),
    ("earning", "only_taken_back", "refuse_earning_rewrite"),
)


def upgrade() -> None:
    op.create_table(
        "earning_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "event IN ('purchase', 'check_in', 'joined', 'phone_bound', 'anniversary')",
            name=op.f("ck_earning_rule_event_known"),
        ),
        sa.CheckConstraint("ledger IN ('points', 'growth')", name=op.f("ck_earning_rule_ledger_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earning_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_earning_rule_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_earning_rule_public_id")),
    )
    op.create_table(
        "earning_rule_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("rule_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_earning_rule_version_no_overlap",
        ),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_earning_rule_version_interval_forward")),
        sa.CheckConstraint("version > 0", name=op.f("ck_earning_rule_version_version_positive")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_earning_rule_version_created_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["earning_rule.id"], name=op.f("fk_earning_rule_version_rule_id_earning_rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earning_rule_version")),
        sa.UniqueConstraint("rule_id", "version", name=op.f("uq_earning_rule_version_rule_id_version")),
    )
    op.create_table(
        "earning",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_earning_amount_positive")),
        sa.CheckConstraint("taken_back BETWEEN 0 AND amount", name=op.f("ck_earning_taken_back_in_range")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_earning_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["earning_rule.id"], name=op.f("fk_earning_rule_id_earning_rule")),
        sa.ForeignKeyConstraint(
            ["rule_version_id"],
            ["earning_rule_version.id"],
            name=op.f("fk_earning_rule_version_id_earning_rule_version"),
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_earning")),
        sa.UniqueConstraint("member_id", "rule_id", "source", name=op.f("uq_earning_member_id_rule_id_source")),
    )
    op.create_index(
        "ix_earning_member_id_rule_id_business_date", "earning", ["member_id", "rule_id", "business_date"], unique=False
    )
    op.create_index("ix_earning_source", "earning", ["source"], unique=False)
    # Anniversaries: the members who joined on a date of an earlier year.
    op.create_index(
        "ix_member_joined_at",
        "member",
        ["joined_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.execute(
        """
        CREATE FUNCTION refuse_rule_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'ends_at' <> to_jsonb(OLD) - 'ends_at'
               OR coalesce(NEW.ends_at, 'infinity') > coalesce(OLD.ends_at, 'infinity') THEN
                RAISE EXCEPTION 'a rule version may only end earlier'
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION refuse_earning_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR NEW.taken_back < OLD.taken_back
               OR to_jsonb(NEW) - '{member_id,taken_back}'::text[] <> to_jsonb(OLD) - '{member_id,taken_back}'::text[] THEN
                RAISE EXCEPTION 'what was paid may only be taken back'
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for table, name, function in GUARDS:
        op.execute(
            f"CREATE TRIGGER tr_{table}_{name} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
    op.execute(
        "CREATE TRIGGER tr_earning_only_active BEFORE INSERT ON earning "
        "FOR EACH ROW EXECUTE FUNCTION refuse_inactive_member()"
    )


def downgrade() -> None:
    op.drop_index("ix_member_joined_at", table_name="member", postgresql_where=sa.text("status = 'active'"))
    op.drop_index("ix_earning_source", table_name="earning")
    op.drop_index("ix_earning_member_id_rule_id_business_date", table_name="earning")
    op.drop_table("earning")
    op.drop_table("earning_rule_version")
    op.drop_table("earning_rule")
    op.execute("DROP FUNCTION refuse_earning_rewrite()")
    op.execute("DROP FUNCTION refuse_rule_rewrite()")
