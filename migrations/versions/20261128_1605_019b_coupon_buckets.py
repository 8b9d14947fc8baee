"""Stock and budget of coupon batches in buckets, limits by day, batch and life, lists of members.

A claim used to wait for the one row of its batch; it now takes a share of the stock (a bucket). What a coupon is counted by is
copied down from terms to batch to bucket to coupon along foreign keys, so that no limit can differ on the way and terms are
frozen once a coupon is out.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "019b"
down_revision = "0019"
branch_labels = None
depends_on = None

COUNTED_BY = ["template_id", "family_id", "life_limit", "per_member_limit", "per_day_limit"]

# Stock, budget and being open are told twice, and may not be told differently when a transaction ends.
SUMS = """
CREATE FUNCTION check_coupon_batch_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    batch coupon_batch%ROWTYPE;
    shares record;
BEGIN
    IF TG_TABLE_NAME = 'coupon_batch' THEN
        SELECT * INTO batch FROM coupon_batch WHERE id = NEW.id;
    ELSE
        SELECT * INTO batch FROM coupon_batch WHERE id = NEW.batch_id;
    END IF;
    SELECT count(*) AS n, coalesce(sum(stock), 0) AS stock, coalesce(sum(budget_fen), 0) AS budget_fen,
           coalesce(min(no), 0) AS first, bool_and(is_open = (batch.status = 'active')) AS as_told
      INTO shares FROM coupon_bucket WHERE batch_id = batch.id;
    IF shares.n <> batch.buckets OR shares.first <> 0 OR shares.stock <> batch.stock
       OR shares.budget_fen <> batch.budget_fen OR NOT shares.as_told THEN
        RAISE EXCEPTION 'batch %: buckets do not add up', batch.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    _lists()
    _batches()
    _buckets()
    _coupons()


def _lists() -> None:
    op.create_table(
        "member_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_member_list_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_list")),
        sa.UniqueConstraint("name", name=op.f("uq_member_list_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_member_list_public_id")),
    )
    op.create_table(
        "member_list_entry",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["member_list.id"], name=op.f("fk_member_list_entry_list_id_member_list")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_list_entry_member_id_member")),
        sa.PrimaryKeyConstraint("list_id", "member_id", name=op.f("pk_member_list_entry")),
    )
    op.create_index("ix_member_list_entry_member_id", "member_list_entry", ["member_id"], unique=False)


def _batches() -> None:
    op.add_column("coupon_batch", sa.Column("family_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE coupon_batch b SET family_id = t.family_id FROM coupon_template t WHERE t.id = b.template_id")
    op.alter_column("coupon_batch", "family_id", nullable=False)
    op.add_column("coupon_batch", sa.Column("life_limit", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("coupon_batch", "life_limit", server_default=None)
    op.add_column("coupon_batch", sa.Column("per_day_limit", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("coupon_batch", sa.Column("member_list_id", sa.BigInteger(), nullable=True))
    op.add_column("coupon_batch", sa.Column("points_price", sa.BigInteger(), nullable=True))
    op.add_column("coupon_batch", sa.Column("buckets", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("coupon_batch", sa.Column("alarm_per_minute", sa.Integer(), nullable=True))
    op.add_column("coupon_batch", sa.Column("alarm_pauses", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("coupon_batch", sa.Column("sampled_issued", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("coupon_batch", sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("coupon_batch", sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("fk_coupon_batch_template_id_coupon_template"), "coupon_batch", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_coupon_batch_terms_coupon_template"),
        "coupon_batch",
        "coupon_template",
        ["template_id", "family_id", "life_limit"],
        ["id", "family_id", "life_limit"],
    )
    op.create_foreign_key(
        op.f("fk_coupon_batch_member_list_id_member_list"), "coupon_batch", "member_list", ["member_list_id"], ["id"]
    )
    op.drop_constraint(op.f("ck_coupon_batch_how_known"), "coupon_batch")
    checks = {
        "how_known": "how IN ('claim', 'issue', 'birthday', 'code', 'exchange')",
        "budget_positive": "budget_fen > 0",
        "per_day_limit_range": "per_day_limit BETWEEN 0 AND per_member_limit",
        "exchange_has_price": "(how = 'exchange') = (points_price IS NOT NULL)",
        "points_price_positive": "points_price > 0",
        "buckets_range": "buckets BETWEEN 1 AND 64",
        "alarm_positive": "alarm_per_minute > 0",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_coupon_batch_{name}"), "coupon_batch", rule)
    op.create_unique_constraint(op.f("uq_coupon_batch_counted_by"), "coupon_batch", ["id", *COUNTED_BY])
    op.drop_index("ix_coupon_batch_open", table_name="coupon_batch")
    op.create_index(
        "ix_coupon_batch_open",
        "coupon_batch",
        ["claim_ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND how IN ('claim', 'exchange')"),
    )


def _buckets() -> None:
    op.create_table(
        "coupon_bucket",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("life_limit", sa.Integer(), nullable=False),
        sa.Column("per_member_limit", sa.Integer(), nullable=False),
        sa.Column("per_day_limit", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("committed_fen", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stock >= 0 AND budget_fen >= 0", name=op.f("ck_coupon_bucket_share_not_negative")),
        sa.CheckConstraint("issued BETWEEN 0 AND stock", name=op.f("ck_coupon_bucket_issued_within_stock")),
        sa.CheckConstraint(
            "committed_fen BETWEEN 0 AND budget_fen", name=op.f("ck_coupon_bucket_committed_within_budget")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", *COUNTED_BY],
            ["coupon_batch.id", *(f"coupon_batch.{name}" for name in COUNTED_BY)],
            name=op.f("fk_coupon_bucket_counted_by_coupon_batch"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "no", name=op.f("pk_coupon_bucket")),
        sa.UniqueConstraint("batch_id", "no", *COUNTED_BY, name=op.f("uq_coupon_bucket_counted_by")),
        postgresql_with={"fillfactor": 50},
    )
    op.execute(
        """
        INSERT INTO coupon_bucket (batch_id, no, template_id, family_id, life_limit, per_member_limit, per_day_limit,
                                   stock, issued, budget_fen, committed_fen, is_open)
        SELECT id, 0, template_id, family_id, life_limit, per_member_limit, per_day_limit,
               stock, issued, budget_fen, committed_fen, status = 'active'
          FROM coupon_batch
        """
    )
    for name in ("issued_within_stock", "committed_within_budget"):
        op.drop_constraint(op.f(f"ck_coupon_batch_{name}"), "coupon_batch")
    op.drop_column("coupon_batch", "issued")
    op.drop_column("coupon_batch", "committed_fen")
    op.execute(SUMS)
    events = {
        "coupon_bucket": "INSERT OR UPDATE OF stock, budget_fen, is_open",
        "coupon_batch": "INSERT OR UPDATE OF stock, budget_fen, buckets, status",
    }
    for table, event in events.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER tr_{table}_sums AFTER {event} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_coupon_batch_sums()"
        )


def _coupons() -> None:
    op.drop_constraint(op.f("fk_coupon_batch_id_per_member_limit_coupon_batch"), "coupon", type_="foreignkey")
    op.drop_constraint(op.f("uq_coupon_batch_id_per_member_limit"), "coupon_batch")
    op.drop_constraint(op.f("ck_coupon_never_pays_out"), "coupon")
    op.drop_column("coupon", "min_spend_fen")
    op.drop_column("coupon", "store_ids")
    for name, kind in (
        ("bucket_no", sa.Integer()),
        ("template_id", sa.BigInteger()),
        ("family_id", sa.Uuid()),
        ("life_limit", sa.Integer()),
        ("per_day_limit", sa.Integer()),
        ("issued_on", sa.Date()),
    ):
        op.add_column("coupon", sa.Column(name, kind, nullable=True))
    op.add_column("coupon", sa.Column("uses", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("coupon", "uses", server_default=None)
    op.add_column("coupon", sa.Column("used", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        """
        UPDATE coupon c
           SET bucket_no = 0, template_id = b.template_id, family_id = b.family_id, life_limit = b.life_limit,
               per_day_limit = b.per_day_limit, used = CASE WHEN c.status = 'redeemed' THEN 1 ELSE 0 END,
               issued_on = ((c.issued_at AT TIME ZONE p.zone) - make_interval(hours => p.cut_over_hour))::date
          FROM coupon_batch b, programme p
         WHERE b.id = c.batch_id
        """
    )
    for name in ("bucket_no", "template_id", "family_id", "life_limit", "per_day_limit", "issued_on"):
        op.alter_column("coupon", name, nullable=False)
    op.add_column("coupon", sa.Column("day_slot", sa.Integer(), nullable=True))
    op.add_column("coupon", sa.Column("life_slot", sa.Integer(), nullable=True))
    op.add_column("coupon", sa.Column("held_visit_id", sa.BigInteger(), nullable=True))
    op.add_column("coupon", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_coupon_held_visit_id_counter_visit"), "coupon", "counter_visit", ["held_visit_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_coupon_counted_by_coupon_bucket"),
        "coupon",
        "coupon_bucket",
        ["batch_id", "bucket_no", *COUNTED_BY],
        ["batch_id", "no", *COUNTED_BY],
    )
    op.drop_constraint(op.f("ck_coupon_status_known"), "coupon")
    checks = {
        "status_known": "status IN ('active', 'redeemed', 'expired', 'revoked', 'given')",
        "day_slot_within_limit": "day_slot BETWEEN 1 AND per_day_limit",
        "life_slot_within_limit": "life_slot BETWEEN 1 AND life_limit",
        "value_positive": "value_fen > 0",
        "used_within_uses": "used BETWEEN 0 AND uses",
        "redeemed_is_used_up": "(status = 'redeemed') = (used = uses)",
        "held_while_active": (
            "(held_visit_id IS NULL) = (held_until IS NULL) AND (held_until IS NULL OR status = 'active')"
        ),
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_coupon_{name}"), "coupon", rule)
    for name, columns in (
        ("day_slot", ["batch_id", "member_id", "issued_on", "day_slot"]),
        ("life_slot", ["family_id", "member_id", "life_slot"]),
    ):
        op.create_index(
            f"uq_coupon_{name}", "coupon", columns, unique=True, postgresql_where=sa.text(f"{name} IS NOT NULL")
        )


def downgrade() -> None:
    for name in ("day_slot", "life_slot"):
        op.drop_index(f"uq_coupon_{name}", table_name="coupon")
    for name in (
        "status_known",
        "day_slot_within_limit",
        "life_slot_within_limit",
        "value_positive",
        "used_within_uses",
        "redeemed_is_used_up",
        "held_while_active",
    ):
        op.drop_constraint(op.f(f"ck_coupon_{name}"), "coupon")
    op.create_check_constraint(
        op.f("ck_coupon_status_known"), "coupon", "status IN ('active', 'redeemed', 'expired', 'revoked')"
    )
    op.drop_constraint(op.f("fk_coupon_counted_by_coupon_bucket"), "coupon", type_="foreignkey")
    op.drop_constraint(op.f("fk_coupon_held_visit_id_counter_visit"), "coupon", type_="foreignkey")
    op.add_column("coupon", sa.Column("min_spend_fen", sa.BigInteger(), nullable=True))
    op.add_column("coupon", sa.Column("store_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True))
    op.execute(
        """
        UPDATE coupon c
           SET min_spend_fen = t.min_spend_fen,
               store_ids = coalesce((SELECT array_agg(s.id) FROM store s WHERE t.terms -> 'stores' ? s.code), '{}')
          FROM coupon_template t WHERE t.id = c.template_id
        """
    )
    op.alter_column("coupon", "min_spend_fen", nullable=False)
    op.alter_column("coupon", "store_ids", nullable=False)
    for name in (
        "held_until", "held_visit_id", "life_slot", "day_slot", "used", "uses", "issued_on", "per_day_limit", "life_limit",
        "family_id", "template_id", "bucket_no",
    ):  # fmt: skip
        op.drop_column("coupon", name)
    op.create_check_constraint(
        op.f("ck_coupon_never_pays_out"), "coupon", "value_fen > 0 AND min_spend_fen >= value_fen"
    )
    for table in ("coupon_bucket", "coupon_batch"):
        op.execute(f"DROP TRIGGER tr_{table}_sums ON {table}")
    op.execute("DROP FUNCTION check_coupon_batch_sums()")
    op.add_column("coupon_batch", sa.Column("issued", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("coupon_batch", sa.Column("committed_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        """
        UPDATE coupon_batch b SET issued = k.issued, committed_fen = k.committed_fen
          FROM (SELECT batch_id, sum(issued)::integer AS issued, sum(committed_fen)::bigint AS committed_fen
                  FROM coupon_bucket GROUP BY batch_id) k
         WHERE k.batch_id = b.id
        """
    )
    op.drop_table("coupon_bucket")
    _old_batches()
    op.drop_index("ix_member_list_entry_member_id", table_name="member_list_entry")
    op.drop_table("member_list_entry")
    op.drop_table("member_list")


def _old_batches() -> None:
    op.alter_column("coupon_batch", "issued", server_default=None)
    op.alter_column("coupon_batch", "committed_fen", server_default=None)
    op.create_check_constraint(
        op.f("ck_coupon_batch_issued_within_stock"), "coupon_batch", "issued BETWEEN 0 AND stock"
    )
    op.create_check_constraint(
        op.f("ck_coupon_batch_committed_within_budget"), "coupon_batch", "committed_fen BETWEEN 0 AND budget_fen"
    )
    op.drop_index("ix_coupon_batch_open", table_name="coupon_batch")
    op.create_index(
        "ix_coupon_batch_open",
        "coupon_batch",
        ["claim_ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND how = 'claim'"),
    )
    op.drop_constraint(op.f("uq_coupon_batch_counted_by"), "coupon_batch")
    op.create_unique_constraint(op.f("uq_coupon_batch_id_per_member_limit"), "coupon_batch", ["id", "per_member_limit"])
    op.create_foreign_key(
        op.f("fk_coupon_batch_id_per_member_limit_coupon_batch"),
        "coupon",
        "coupon_batch",
        ["batch_id", "per_member_limit"],
        ["id", "per_member_limit"],
    )
    for name in (
        "how_known",
        "budget_positive",
        "per_day_limit_range",
        "exchange_has_price",
        "points_price_positive",
        "buckets_range",
        "alarm_positive",
    ):
        op.drop_constraint(op.f(f"ck_coupon_batch_{name}"), "coupon_batch")
    op.create_check_constraint(
        op.f("ck_coupon_batch_how_known"), "coupon_batch", "how IN ('claim', 'issue', 'birthday')"
    )
    op.drop_constraint(op.f("fk_coupon_batch_member_list_id_member_list"), "coupon_batch", type_="foreignkey")
    op.drop_constraint(op.f("fk_coupon_batch_terms_coupon_template"), "coupon_batch", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_coupon_batch_template_id_coupon_template"), "coupon_batch", "coupon_template", ["template_id"], ["id"]
    )
    for name in (
        "alarmed_at", "sampled_at", "sampled_issued", "alarm_pauses", "alarm_per_minute", "buckets", "points_price",
        "member_list_id", "per_day_limit", "life_limit", "family_id",
    ):  # fmt: skip
        op.drop_column("coupon_batch", name)
