"""Checkouts: a bill settled with any number of coupons, a tier's discount and points; refused attempts; daily limits of clerks.

A redemption used to be the bill. With several coupons on one bill the bill gets a row of its own, and undoing is of the bill:
half an undone bill is nobody's wish. What was refused is kept with its reason, since that is what clerks ask about.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "019b"
branch_labels = None
depends_on = None

MOVED = ("visit_id", "purchase_id", "bill_fen", "undo_until", "reversed_by_id", "reversal_reason")
PROGRAMME = {
    "coupons_per_bill": (sa.Integer(), "3"),
    "coupons_per_category": (postgresql.JSONB(), '{"gift": 2, "goods": 2, "order": 1}'),
    "coupon_hold_seconds": (sa.Integer(), "300"),
    "points_pay_max_bp": (sa.Integer(), "5000"),
    "clerk_issues_per_day": (sa.Integer(), "20"),
    "clerk_redeems_per_day": (sa.Integer(), "1000"),
    "clerk_discount_fen_per_day": (sa.BigInteger(), "5000000"),
}
PROGRAMME_CHECKS = {
    "coupons_per_bill_range": "coupons_per_bill BETWEEN 1 AND 5",
    "coupon_hold_range": "coupon_hold_seconds BETWEEN 30 AND 3600",
    "points_pay_range": "points_pay_max_bp BETWEEN 0 AND 10000",
    "clerk_limits_not_negative": (
        "clerk_issues_per_day >= 0 AND clerk_redeems_per_day >= 0 AND clerk_discount_fen_per_day >= 0"
    ),
}
# What a settled bill and its uses say for good; a merge alone gives a use to another member.
CHECKOUT_TERMS = (
    "id",
    "public_id",
    "visit_id",
    "purchase_id",
    "store_id",
    "staff_id",
    "bill_fen",
    "coupon_fen",
    "tier_fen",
    "points_fen",
    "points_spent",
    "settled_at",
    "undo_until",
)
REDEMPTION_TERMS = (
    "id",
    "public_id",
    "checkout_id",
    "coupon_id",
    "use_no",
    "seq",
    "store_id",
    "staff_id",
    "discount_fen",
    "cost_fen",
    "redeemed_at",
)
# Table → the trigger that keeps its rows as they are.
GUARDED = {"checkout": "undone_once", "redemption": "returned_once", "redemption_attempt": "as_tried"}


def upgrade() -> None:
    _checkouts()
    _redemptions()
    _attempts()
    _guards()
    for name, (kind, default) in PROGRAMME.items():
        op.add_column("programme", sa.Column(name, kind, nullable=False, server_default=default))
    for name, rule in PROGRAMME_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_programme_{name}"), "programme", rule)


def _checkouts() -> None:
    op.create_table(
        "checkout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_fen", sa.BigInteger(), nullable=False),
        sa.Column("coupon_fen", sa.BigInteger(), nullable=False),
        sa.Column("tier_fen", sa.BigInteger(), nullable=False),
        sa.Column("points_fen", sa.BigInteger(), nullable=False),
        sa.Column("points_spent", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "bill_fen >= 0 AND coupon_fen >= 0 AND tier_fen >= 0 AND points_fen >= 0",
            name=op.f("ck_checkout_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "coupon_fen + tier_fen + points_fen <= bill_fen", name=op.f("ck_checkout_discounts_within_bill")
        ),
        sa.CheckConstraint(
            "(points_spent = 0) = (points_fen = 0) AND points_spent >= 0", name=op.f("ck_checkout_points_pay_something")
        ),
        sa.CheckConstraint("(bill_fen > 0) = (purchase_id IS NOT NULL)", name=op.f("ck_checkout_bill_has_purchase")),
        sa.CheckConstraint(
            "(reversed_at IS NULL) = (reversed_by_id IS NULL) AND (reversed_at IS NULL) = (reversal_reason IS NULL)",
            name=op.f("ck_checkout_reversal_has_author_and_reason"),
        ),
        sa.CheckConstraint("undo_until >= settled_at", name=op.f("ck_checkout_undo_window_forward")),
        sa.ForeignKeyConstraint(["visit_id"], ["counter_visit.id"], name=op.f("fk_checkout_visit_id_counter_visit")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_checkout_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_checkout_store_id_store")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_checkout_staff_id_staff")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["staff.id"], name=op.f("fk_checkout_reversed_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("public_id", name=op.f("uq_checkout_public_id")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_checkout_visit_id")),
        sa.UniqueConstraint("purchase_id", name=op.f("uq_checkout_purchase_id")),
    )
    op.create_index("ix_checkout_store_id_settled_at", "checkout", ["store_id", "settled_at", "id"], unique=False)
    op.execute(
        """
        INSERT INTO checkout (public_id, visit_id, purchase_id, store_id, staff_id, bill_fen, coupon_fen, tier_fen, points_fen,
                              points_spent, settled_at, undo_until, reversed_at, reversed_by_id, reversal_reason)
        SELECT gen_random_uuid(), visit_id, purchase_id, store_id, staff_id, bill_fen, discount_fen, 0, 0, 0,
               redeemed_at, undo_until, reversed_at, reversed_by_id, reversal_reason
          FROM redemption ORDER BY id
        """
    )


def _redemptions() -> None:
    for name in ("discount_in_range", "reversal_has_author_and_reason", "undo_window_forward"):
        op.drop_constraint(op.f(f"ck_redemption_{name}"), "redemption")
    op.drop_index("uq_redemption_live", table_name="redemption")
    op.add_column("redemption", sa.Column("checkout_id", sa.BigInteger(), nullable=True))
    op.add_column("redemption", sa.Column("cost_fen", sa.BigInteger(), nullable=True))
    op.add_column("redemption", sa.Column("use_no", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("redemption", sa.Column("seq", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("redemption", sa.Column("returned_by", sa.Text(), nullable=True))
    op.execute(
        """
        UPDATE redemption r
           SET checkout_id = c.id, cost_fen = r.discount_fen,
               returned_by = CASE WHEN r.reversed_at IS NOT NULL THEN 'undo' END
          FROM checkout c WHERE c.visit_id = r.visit_id
        """
    )
    for name in ("checkout_id", "cost_fen"):
        op.alter_column("redemption", name, nullable=False)
    for name in ("use_no", "seq"):
        op.alter_column("redemption", name, server_default=None)
    for name in MOVED:
        op.drop_column("redemption", name)
    op.create_foreign_key(op.f("fk_redemption_checkout_id_checkout"), "redemption", "checkout", ["checkout_id"], ["id"])
    op.create_unique_constraint(op.f("uq_redemption_checkout_id_coupon_id"), "redemption", ["checkout_id", "coupon_id"])
    checks = {
        "discount_not_negative": "discount_fen >= 0",
        "cost_covers_discount": "cost_fen >= discount_fen",
        "use_no_positive": "use_no > 0",
        "returned_by_known": "(reversed_at IS NULL) = (returned_by IS NULL) AND returned_by IN ('undo', 'refund')",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_redemption_{name}"), "redemption", rule)
    op.create_index(
        "uq_redemption_live",
        "redemption",
        ["member_id", "coupon_id", "use_no"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )


def _attempts() -> None:
    op.create_table(
        "redemption_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_public_id", sa.Uuid(), nullable=True),
        sa.Column("coupon_public_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("bill_fen", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_redemption_attempt_store_id_store")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_redemption_attempt_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_attempt")),
    )
    op.create_index(
        "ix_redemption_attempt_store_id_tried_at", "redemption_attempt", ["store_id", "tried_at", "id"], unique=False
    )
    op.create_index("ix_redemption_attempt_tried_at", "redemption_attempt", ["tried_at"], unique=False)
    op.create_table(
        "staff_counter",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('coupons_issued', 'coupons_redeemed', 'discount_fen')", name=op.f("ck_staff_counter_kind_known")
        ),
        sa.CheckConstraint("used BETWEEN 0 AND cap", name=op.f("ck_staff_counter_used_within_cap")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_counter_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "business_date", "kind", name=op.f("pk_staff_counter")),
    )


def _guards() -> None:
    """A bill is undone once, a use comes back once, and neither says anything else afterwards."""
    came_back = _changed(("reversed_at", "returned_by"))
    rules = {
        "checkout": f"OLD.reversed_at IS NOT NULL OR {_changed(CHECKOUT_TERMS)}",
        "redemption": f"(OLD.reversed_at IS NOT NULL AND ({came_back})) OR {_changed(REDEMPTION_TERMS)}",
        "redemption_attempt": "true",
    }
    for table, condition in rules.items():
        op.execute(
            f"CREATE TRIGGER tr_{table}_{GUARDED[table]} BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({condition}) EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )


def _drop_guards() -> None:
    for table, name in GUARDED.items():
        for trigger in (name, "kept", "no_truncate"):
            op.execute(f"DROP TRIGGER tr_{table}_{trigger} ON {table}")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


def downgrade() -> None:
    """Bills with one coupon go back into their redemption; a bill with several stops the downgrade at the old keys."""
    _drop_guards()
    for name in PROGRAMME_CHECKS:
        op.drop_constraint(op.f(f"ck_programme_{name}"), "programme")
    for name in PROGRAMME:
        op.drop_column("programme", name)
    op.drop_table("staff_counter")
    op.drop_index("ix_redemption_attempt_tried_at", table_name="redemption_attempt")
    op.drop_index("ix_redemption_attempt_store_id_tried_at", table_name="redemption_attempt")
    op.drop_table("redemption_attempt")
    op.drop_index("uq_redemption_live", table_name="redemption")
    for name in ("discount_not_negative", "cost_covers_discount", "use_no_positive", "returned_by_known"):
        op.drop_constraint(op.f(f"ck_redemption_{name}"), "redemption")
    op.drop_constraint(op.f("uq_redemption_checkout_id_coupon_id"), "redemption")
    op.drop_constraint(op.f("fk_redemption_checkout_id_checkout"), "redemption", type_="foreignkey")
    for name, kind in (
        ("visit_id", sa.BigInteger()),
        ("purchase_id", sa.BigInteger()),
        ("bill_fen", sa.BigInteger()),
        ("undo_until", sa.DateTime(timezone=True)),
        ("reversed_by_id", sa.BigInteger()),
        ("reversal_reason", sa.Text()),
    ):
        op.add_column("redemption", sa.Column(name, kind, nullable=True))
    op.execute(
        """
        UPDATE redemption r
           SET visit_id = c.visit_id, purchase_id = c.purchase_id, bill_fen = c.bill_fen, undo_until = c.undo_until,
               reversed_by_id = c.reversed_by_id, reversal_reason = c.reversal_reason, reversed_at = c.reversed_at
          FROM checkout c WHERE c.id = r.checkout_id
        """
    )
    for name in ("visit_id", "purchase_id", "bill_fen", "undo_until"):
        op.alter_column("redemption", name, nullable=False)
    for name in ("returned_by", "seq", "use_no", "cost_fen", "checkout_id"):
        op.drop_column("redemption", name)
    _old_redemption_guards()
    op.drop_index("ix_checkout_store_id_settled_at", table_name="checkout")
    op.drop_table("checkout")


def _old_redemption_guards() -> None:
    checks = {
        "discount_in_range": "discount_fen > 0 AND discount_fen <= bill_fen",
        "reversal_has_author_and_reason": (
            "(reversed_at IS NULL) = (reversed_by_id IS NULL) AND (reversed_at IS NULL) = (reversal_reason IS NULL)"
        ),
        "undo_window_forward": "undo_until >= redeemed_at",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_redemption_{name}"), "redemption", rule)
    for column, table in (("visit_id", "counter_visit"), ("purchase_id", "purchase"), ("reversed_by_id", "staff")):
        op.create_foreign_key(op.f(f"fk_redemption_{column}_{table}"), "redemption", table, [column], ["id"])
    for column in ("visit_id", "purchase_id"):
        op.create_unique_constraint(op.f(f"uq_redemption_{column}"), "redemption", [column])
    op.create_index(
        "uq_redemption_live",
        "redemption",
        ["member_id", "coupon_id"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )
