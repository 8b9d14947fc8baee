"""Suppliers and departments that pay a share of coupons, settlements with them, and what reports of coupons read.

A redemption copies its batch, who pays besides the shop and how much, by trigger, the moment a coupon is used: neither a new
share nor a merge changes later what was settled. Settled periods of a payer are a chain without gap or overlap, and nothing can
be used or given back in one that is closed: using a coupon share-locks the payer, closing locks it, so each sees the other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# What was agreed as the coupon was used.
AGREED = ("batch_id", "payer_id", "payer_fen")

# Rounded down: the shop pays the rest.
SETTLE = """
CREATE FUNCTION settle_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved_at timestamptz := NEW.redeemed_at;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moved_at := NEW.reversed_at;
    ELSE
        SELECT b.id, b.payer_id, coalesce(NEW.cost_fen * b.payer_share_bp / 10000, 0)
          INTO NEW.batch_id, NEW.payer_id, NEW.payer_fen
          FROM coupon c JOIN coupon_batch b ON b.id = c.batch_id
         WHERE c.member_id = NEW.member_id AND c.id = NEW.coupon_id;
        IF NOT FOUND THEN
            -- Such a row the foreign key refuses.
            NEW.payer_fen := 0;
        END IF;
    END IF;
    IF NEW.payer_id IS NOT NULL THEN
        -- Waits for a closing of this payer, or holds it up; the next statement then sees it.
        PERFORM FROM payer WHERE id = NEW.payer_id FOR KEY SHARE;
        IF EXISTS (SELECT FROM settlement WHERE payer_id = NEW.payer_id AND ends_at > moved_at) THEN
            RAISE EXCEPTION 'payer %: the period of % is settled', NEW.payer_id, moved_at
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
    END IF;
    RETURN NEW;
END $$
"""


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


def upgrade() -> None:
    _payers()
    _settlements()
    _redemptions()
    op.create_index("ix_coupon_batch_id_issued_on", "coupon", ["batch_id", "issued_on"], unique=False)


def _payers() -> None:
    op.create_table(
        "payer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('supplier', 'department')", name=op.f("ck_payer_kind_known")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_payer_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer")),
        sa.UniqueConstraint("code", name=op.f("uq_payer_code")),
        sa.UniqueConstraint("name", name=op.f("uq_payer_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payer_public_id")),
    )
    op.add_column("coupon_batch", sa.Column("payer_id", sa.BigInteger(), nullable=True))
    op.add_column("coupon_batch", sa.Column("payer_share_bp", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_coupon_batch_payer_id_payer"), "coupon_batch", "payer", ["payer_id"], ["id"])
    checks = {
        "payer_and_share": "(payer_id IS NULL) = (payer_share_bp IS NULL)",
        "payer_share_range": "payer_share_bp BETWEEN 0 AND 10000",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_coupon_batch_{name}"), "coupon_batch", rule)
    op.create_index(
        "ix_coupon_batch_payer_id",
        "coupon_batch",
        ["payer_id", "id"],
        unique=False,
        postgresql_where=sa.text("payer_id IS NOT NULL"),
    )
    op.execute(
        "CREATE TRIGGER tr_coupon_batch_payer_frozen BEFORE UPDATE OF payer_id, payer_share_bp ON coupon_batch FOR EACH ROW "
        f"WHEN ({_changed(('payer_id', 'payer_share_bp'))}) EXECUTE FUNCTION refuse_rewrite()"
    )


def _settlements() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follows_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("payer_fen", sa.BigInteger(), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follows_at = starts_at", name=op.f("ck_settlement_follows_at_once")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_settlement_period_forward")),
        sa.CheckConstraint("until_on - first_on BETWEEN 1 AND 400", name=op.f("ck_settlement_period_length")),
        sa.CheckConstraint("closed_at >= ends_at", name=op.f("ck_settlement_closed_when_over")),
        sa.CheckConstraint("redeemed >= 0 AND returned >= 0", name=op.f("ck_settlement_counts_not_negative")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_settlement_payer_id_payer")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_settlement_closed_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_settlement_public_id")),
        sa.UniqueConstraint("payer_id", "ends_at", name=op.f("uq_settlement_payer_id_ends_at")),
        sa.UniqueConstraint("payer_id", "starts_at", name=op.f("uq_settlement_payer_id_starts_at")),
        sa.ForeignKeyConstraint(
            ["payer_id", "follows_at"],
            ["settlement.payer_id", "settlement.ends_at"],
            name=op.f("fk_settlement_follows_settlement"),
        ),
    )
    op.create_index(
        "uq_settlement_first", "settlement", ["payer_id"], unique=True, postgresql_where=sa.text("follows_at IS NULL")
    )
    op.execute(
        "CREATE TRIGGER tr_settlement_append_only BEFORE UPDATE OR DELETE ON settlement "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_settlement_no_truncate BEFORE TRUNCATE ON settlement "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )


def _redemptions() -> None:
    op.add_column("redemption", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.add_column("redemption", sa.Column("payer_id", sa.BigInteger(), nullable=True))
    op.add_column("redemption", sa.Column("payer_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE redemption r SET batch_id = c.batch_id FROM coupon c WHERE c.member_id = r.member_id AND c.id = r.coupon_id"
    )
    op.create_foreign_key(
        op.f("fk_redemption_batch_id_coupon_batch"), "redemption", "coupon_batch", ["batch_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_redemption_payer_id_payer"), "redemption", "payer", ["payer_id"], ["id"])
    checks = {
        "payer_pays_a_share": "payer_fen BETWEEN 0 AND cost_fen",
        "share_has_payer": "payer_fen = 0 OR payer_id IS NOT NULL",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_redemption_{name}"), "redemption", rule)
    op.create_index("ix_redemption_batch_id_redeemed_at", "redemption", ["batch_id", "redeemed_at"], unique=False)
    op.create_index(
        "ix_redemption_batch_id_reversed_at",
        "redemption",
        ["batch_id", "reversed_at"],
        unique=False,
        postgresql_where=sa.text("reversed_at IS NOT NULL"),
    )
    op.execute(SETTLE)
    op.execute(
        "CREATE TRIGGER tr_redemption_settled BEFORE INSERT ON redemption "
        "FOR EACH ROW EXECUTE FUNCTION settle_redemption()"
    )
    op.execute(
        "CREATE TRIGGER tr_redemption_returned BEFORE UPDATE OF reversed_at ON redemption FOR EACH ROW "
        "WHEN (NEW.payer_id IS NOT NULL AND OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL) "
        "EXECUTE FUNCTION settle_redemption()"
    )
    op.execute(
        "CREATE TRIGGER tr_redemption_payer_frozen BEFORE UPDATE OF batch_id, payer_id, payer_fen ON redemption FOR EACH ROW "
        f"WHEN ({_changed(AGREED)}) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_index("ix_coupon_batch_id_issued_on", table_name="coupon")
    for name in ("payer_frozen", "returned", "settled"):
        op.execute(f"DROP TRIGGER tr_redemption_{name} ON redemption")
    op.execute("DROP FUNCTION settle_redemption()")
    op.drop_index("ix_redemption_batch_id_reversed_at", table_name="redemption")
    op.drop_index("ix_redemption_batch_id_redeemed_at", table_name="redemption")
    for name in ("payer_pays_a_share", "share_has_payer"):
        op.drop_constraint(op.f(f"ck_redemption_{name}"), "redemption")
    for name in ("payer_fen", "payer_id", "batch_id"):
        op.drop_column("redemption", name)
    op.drop_table("settlement")
    op.execute("DROP TRIGGER tr_coupon_batch_payer_frozen ON coupon_batch")
    op.drop_index("ix_coupon_batch_payer_id", table_name="coupon_batch")
    for name in ("payer_and_share", "payer_share_range"):
        op.drop_constraint(op.f(f"ck_coupon_batch_{name}"), "coupon_batch")
    for name in ("payer_share_bp", "payer_id"):
        op.drop_column("coupon_batch", name)
    op.drop_table("payer")
