"""Members, their identities, consents and the ladder they climb."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "tier",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("growth_threshold", sa.BigInteger(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("emblem", sa.Text(), nullable=False),
        sa.CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name=op.f("ck_tier_colour_hex")),
        sa.CheckConstraint(
            "(rank = 0) = (growth_threshold = 0) AND growth_threshold >= 0", name=op.f("ck_tier_ladder_starts_at_zero")
        ),
        sa.CheckConstraint("rank >= 0", name=op.f("ck_tier_rank_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier")),
        sa.UniqueConstraint("code", name=op.f("uq_tier_code")),
        sa.UniqueConstraint("growth_threshold", name=op.f("uq_tier_growth_threshold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tier_public_id")),
        sa.UniqueConstraint("rank", name=op.f("uq_tier_rank")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_masked", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("code_number", sa.Text(), nullable=False),
        sa.Column("code_secret_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("marketing_consent", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_channel", sa.Text(), nullable=False),
        sa.Column("joined_store_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_member_merged_points_somewhere")
        ),
        sa.CheckConstraint("status = 'active' OR phone_index IS NULL", name=op.f("ck_member_only_active_holds_phone")),
        sa.CheckConstraint("status IN ('active', 'merged', 'erased')", name=op.f("ck_member_status_known")),
        sa.CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name=op.f("ck_member_birthday_whole")),
        sa.CheckConstraint(
            "(phone_index IS NULL) = (phone_cipher IS NULL) AND (phone_index IS NULL) = (phone_masked IS NULL)",
            name=op.f("ck_member_phone_whole"),
        ),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name=op.f("ck_member_birth_month_range")),
        sa.CheckConstraint(
            "birth_month IS NULL OR birth_day BETWEEN 1 AND CASE WHEN birth_month = 2 THEN 29 WHEN birth_month IN (4, 6, 9, 11) THEN 30 ELSE 31 END",
            name=op.f("ck_member_birthday_exists"),
        ),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_member_not_merged_into_itself")),
        sa.ForeignKeyConstraint(["joined_store_id"], ["store.id"], name=op.f("fk_member_joined_store_id_store")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["member.id"], name=op.f("fk_member_merged_into_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("code_number", name=op.f("uq_member_code_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_member_public_id")),
    )
    op.create_index(
        "ix_member_birthday",
        "member",
        ["birth_month", "birth_day", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND birth_month IS NOT NULL"),
    )
    op.create_index(op.f("ix_member_merged_into_id"), "member", ["merged_into_id"], unique=False)
    op.create_index(
        "ix_member_nickname", "member", ["nickname"], unique=False, postgresql_ops={"nickname": "text_pattern_ops"}
    )
    op.create_index(
        "uq_member_phone_index",
        "member",
        ["phone_index"],
        unique=True,
        postgresql_where=sa.text("phone_index IS NOT NULL"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("document_version", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('membership', 'marketing')", name=op.f("ck_consent_purpose_known")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_member_id_purpose_id", "consent", ["member_id", "purpose", "id"], unique=False)
    op.create_table(
        "member_account",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points_balance", sa.BigInteger(), nullable=False),
        sa.Column("points_owed", sa.BigInteger(), nullable=False),
        sa.Column("points_seq", sa.BigInteger(), nullable=False),
        sa.Column("growth_value", sa.BigInteger(), nullable=False),
        sa.Column("growth_seq", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("growth_value >= 0", name=op.f("ck_member_account_growth_value_not_negative")),
        sa.CheckConstraint("points_balance >= 0", name=op.f("ck_member_account_points_balance_not_negative")),
        sa.CheckConstraint("points_owed >= 0", name=op.f("ck_member_account_points_owed_not_negative")),
        sa.CheckConstraint("points_seq >= 0 AND growth_seq >= 0", name=op.f("ck_member_account_seq_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_account_member_id_member")),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_member_account_tier_id_tier")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_account")),
    )
    op.create_index("ix_member_account_tier_id_member_id", "member_account", ["tier_id", "member_id"], unique=False)
    op.create_table(
        "member_identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('openid', 'unionid')", name=op.f("ck_member_identity_kind_known")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_identity_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_identity")),
        sa.UniqueConstraint("kind", "app_id", "value", name=op.f("uq_member_identity_kind_app_id_value")),
    )
    op.create_index("ix_member_identity_member_id", "member_identity", ["member_id"], unique=False)
    op.create_table(
        "member_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("points_moved", sa.BigInteger(), nullable=False),
        sa.Column("growth_moved", sa.BigInteger(), nullable=False),
        sa.Column("coupons_moved", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_member_merge_two_members")),
        sa.ForeignKeyConstraint(["kept_id"], ["member.id"], name=op.f("fk_member_merge_kept_id_member")),
        sa.ForeignKeyConstraint(["merged_id"], ["member.id"], name=op.f("fk_member_merge_merged_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_merge")),
        sa.UniqueConstraint("merged_id", name=op.f("uq_member_merge_merged_id")),
    )
    op.create_index(op.f("ix_member_merge_kept_id"), "member_merge", ["kept_id"], unique=False)
    op.create_table(
        "member_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_session_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_member_session_token_hash")),
    )
    op.create_index("ix_member_session_member_id", "member_session", ["member_id"], unique=False)
    op.create_table(
        "growth_entry",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("growth_after", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reverse') = (reverses_id IS NOT NULL)", name=op.f("ck_growth_entry_reversal_names_entry")
        ),
        sa.CheckConstraint("kind IN ('earn', 'reverse', 'merge', 'adjust')", name=op.f("ck_growth_entry_kind_known")),
        sa.CheckConstraint("delta <> 0", name=op.f("ck_growth_entry_delta_not_zero")),
        sa.CheckConstraint("growth_after >= 0", name=op.f("ck_growth_entry_after_not_negative")),
        sa.ForeignKeyConstraint(
            ["member_id", "reverses_id"],
            ["growth_entry.member_id", "growth_entry.id"],
            name=op.f("fk_growth_entry_member_id_reverses_id_growth_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_growth_entry_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_growth_entry")),
        sa.UniqueConstraint("member_id", "seq", name=op.f("uq_growth_entry_member_id_seq")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_growth_entry_member_id_source")),
    )
    op.create_index(
        "uq_growth_entry_reversal",
        "growth_entry",
        ["member_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "tier_history",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("member_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_tier_history_no_overlap",
        ),
        sa.CheckConstraint(
            "reason IN ('joined', 'growth', 'reversal', 'merge', 'review')", name=op.f("ck_tier_history_reason_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_tier_history_interval_forward")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_tier_history_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_tier_history_tier_id_tier")),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_tier_history")),
    )
    op.create_index(
        "uq_tier_history_open", "tier_history", ["member_id"], unique=True, postgresql_where=sa.text("ends_at IS NULL")
    )


def downgrade() -> None:
    op.drop_index("uq_tier_history_open", table_name="tier_history", postgresql_where=sa.text("ends_at IS NULL"))
    op.drop_table("tier_history")
    op.drop_index(
        "uq_growth_entry_reversal", table_name="growth_entry", postgresql_where=sa.text("reverses_id IS NOT NULL")
    )
    op.drop_table("growth_entry")
    op.drop_index("ix_member_session_member_id", table_name="member_session")
    op.drop_table("member_session")
    op.drop_index(op.f("ix_member_merge_kept_id"), table_name="member_merge")
    op.drop_table("member_merge")
    op.drop_index("ix_member_identity_member_id", table_name="member_identity")
    op.drop_table("member_identity")
    op.drop_index("ix_member_account_tier_id_member_id", table_name="member_account")
    op.drop_table("member_account")
    op.drop_index("ix_consent_member_id_purpose_id", table_name="consent")
    op.drop_table("consent")
    op.drop_index("uq_member_phone_index", table_name="member", postgresql_where=sa.text("phone_index IS NOT NULL"))
    op.drop_index("ix_member_nickname", table_name="member", postgresql_ops={"nickname": "text_pattern_ops"})
    op.drop_index(op.f("ix_member_merged_into_id"), table_name="member")
    op.drop_index(
        "ix_member_birthday",
        table_name="member",
        postgresql_where=sa.text("status = 'active' AND birth_month IS NOT NULL"),
    )
    op.drop_table("member")
    op.drop_table("tier")
