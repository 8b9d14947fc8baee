"""Bills of every channel: lines, refunds, bills that wait for their member, and the keys of the systems that report them.

At commit the lines of a bill sum to what was paid and its refunds to what was given back (I13); neither is ever rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = ("purchase_line", "purchase_refund")
# Table, what fires, the bill it is about.
ADD_UP = (
    ("purchase", "INSERT OR UPDATE OF bill_fen, discount_fen, refunded_fen", "id"),
    ("purchase_line", "INSERT", "purchase_id"),
    ("purchase_refund", "INSERT", "purchase_id"),
)


def upgrade() -> None:
    op.create_table(
        "partner_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "channel ~ '^[a-z][a-z0-9_-]{1,31}$' AND channel <> 'store'", name=op.f("ck_partner_key_channel_own")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_partner_key_created_by_id_staff")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_partner_key_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_partner_key_key_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_partner_key_public_id")),
    )
    op.create_table(
        "purchase_line",
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_purchase_line_amount_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_line_quantity_positive")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_line_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("purchase_id", "line_no", name=op.f("pk_purchase_line")),
    )
    op.create_table(
        "purchase_refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_purchase_refund_amount_positive")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_refund_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_refund")),
        sa.UniqueConstraint("public_id", name=op.f("uq_purchase_refund_public_id")),
        sa.UniqueConstraint("purchase_id", "refund_no", name=op.f("uq_purchase_refund_purchase_id_refund_no")),
    )
    op.create_table(
        "partner_nonce",
        sa.Column("partner_key_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_key_id"], ["partner_key.id"], name=op.f("fk_partner_nonce_partner_key_id_partner_key")
        ),
        sa.PrimaryKeyConstraint("partner_key_id", "nonce", name=op.f("pk_partner_nonce")),
    )
    op.create_index("ix_partner_nonce_used_at", "partner_nonce", ["used_at"], unique=False)
    op.add_column("counter_visit", sa.Column("partner_key_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_counter_visit_partner_key_id_partner_key"), "counter_visit", "partner_key", ["partner_key_id"], ["id"]
    )
    op.alter_column("counter_visit", "store_id", existing_type=sa.BIGINT(), nullable=True)
    op.alter_column("counter_visit", "staff_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_check_constraint(
        op.f("ck_counter_visit_scanned_by_one"),
        "counter_visit",
        "CASE WHEN partner_key_id IS NULL THEN staff_id IS NOT NULL AND store_id IS NOT NULL"
        " ELSE staff_id IS NULL AND used_at IS NOT NULL END",
    )
    op.add_column("purchase", sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("purchase", sa.Column("buyer_phone_index", sa.LargeBinary(), nullable=True))
    op.add_column("purchase", sa.Column("buyer_external_id", sa.Text(), nullable=True))
    op.alter_column("purchase", "member_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index("ix_purchase_store_id_occurred_at", "purchase", ["store_id", "occurred_at", "id"], unique=False)
    op.create_index(
        "ix_purchase_waiting_external",
        "purchase",
        ["channel", "buyer_external_id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_purchase_waiting_phone",
        "purchase",
        ["buyer_phone_index"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.drop_constraint(op.f("ck_purchase_status_known"), "purchase", type_="check")
    op.create_check_constraint(
        op.f("ck_purchase_status_known"), "purchase", "status IN ('waiting', 'paid', 'refunded', 'voided')"
    )
    op.create_check_constraint(
        op.f("ck_purchase_refunds_within_paid"), "purchase", "refunded_fen BETWEEN 0 AND bill_fen - discount_fen"
    )
    # Until now a refund was always the whole bill.
    op.execute("UPDATE purchase SET refunded_fen = bill_fen - discount_fen WHERE status <> 'paid'")
    # A bill told without lines is one line.
    op.execute(
        """
        INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
        SELECT id, 1, '', '', 1, bill_fen - discount_fen FROM purchase
        """
    )
    op.execute(
        """
        INSERT INTO purchase_refund (public_id, purchase_id, refund_no, amount_fen, occurred_at, recorded_at)
        SELECT gen_random_uuid(), id, 'full', bill_fen - discount_fen, occurred_at, occurred_at FROM purchase
         WHERE status = 'refunded' AND bill_fen > discount_fen
        UNION ALL
        SELECT gen_random_uuid(), id, 'void:' || public_id, bill_fen - discount_fen, occurred_at, occurred_at FROM purchase
         WHERE status = 'voided' AND bill_fen > discount_fen
        """
    )
    op.create_check_constraint(
        op.f("ck_purchase_waiting_has_no_member"),
        "purchase",
        "(status <> 'waiting' OR member_id IS NULL) AND (status <> 'paid' OR member_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_purchase_refunded_in_full"),
        "purchase",
        "status <> 'refunded' OR refunded_fen = bill_fen - discount_fen",
    )
    op.drop_constraint(op.f("ck_member_identity_kind_known"), "member_identity", type_="check")
    op.create_check_constraint(
        op.f("ck_member_identity_kind_known"), "member_identity", "kind IN ('openid', 'unionid', 'external')"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
    op.execute(
        """
        CREATE FUNCTION check_purchase_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            bill purchase%ROWTYPE;
            lines bigint;
            refunds bigint;
        BEGIN
            SELECT * INTO bill FROM purchase WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
            SELECT coalesce(sum(amount_fen), -1) INTO lines FROM purchase_line WHERE purchase_id = bill.id;
            SELECT coalesce(sum(amount_fen), 0) INTO refunds FROM purchase_refund WHERE purchase_id = bill.id;
            IF lines <> bill.bill_fen - bill.discount_fen OR refunds <> bill.refunded_fen THEN
                RAISE EXCEPTION 'purchase % does not add up: lines %, refunds %', bill.id, lines, refunds
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table, event, key in ADD_UP:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER tr_{table}_adds_up AFTER {event} ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_purchase_adds_up('{key}')"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_purchase_adds_up ON purchase")
    op.drop_constraint(op.f("ck_member_identity_kind_known"), "member_identity", type_="check")
    op.create_check_constraint(
        op.f("ck_member_identity_kind_known"), "member_identity", "kind IN ('openid', 'unionid')"
    )
    op.drop_constraint(op.f("ck_purchase_refunded_in_full"), "purchase", type_="check")
    op.drop_constraint(op.f("ck_purchase_waiting_has_no_member"), "purchase", type_="check")
    op.drop_constraint(op.f("ck_purchase_refunds_within_paid"), "purchase", type_="check")
    op.drop_constraint(op.f("ck_purchase_status_known"), "purchase", type_="check")
    op.create_check_constraint(op.f("ck_purchase_status_known"), "purchase", "status IN ('paid', 'refunded', 'voided')")
    op.drop_index("ix_purchase_store_id_occurred_at", table_name="purchase")
    op.drop_index("ix_purchase_waiting_phone", table_name="purchase", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index("ix_purchase_waiting_external", table_name="purchase", postgresql_where=sa.text("status = 'waiting'"))
    op.alter_column("purchase", "member_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("purchase", "buyer_external_id")
    op.drop_column("purchase", "buyer_phone_index")
    op.drop_column("purchase", "refunded_fen")
    # Codes used up by partners were never visits of a counter.
    op.execute("DELETE FROM counter_visit WHERE partner_key_id IS NOT NULL")
    op.drop_constraint(op.f("ck_counter_visit_scanned_by_one"), "counter_visit", type_="check")
    op.alter_column("counter_visit", "staff_id", existing_type=sa.BIGINT(), nullable=False)
    op.alter_column("counter_visit", "store_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_constraint(op.f("fk_counter_visit_partner_key_id_partner_key"), "counter_visit", type_="foreignkey")
    op.drop_column("counter_visit", "partner_key_id")
    op.drop_index("ix_partner_nonce_used_at", table_name="partner_nonce")
    op.drop_table("partner_nonce")
    op.drop_table("purchase_refund")
    op.drop_table("purchase_line")
    op.drop_table("partner_key")
    op.execute("DROP FUNCTION check_purchase_adds_up()")
