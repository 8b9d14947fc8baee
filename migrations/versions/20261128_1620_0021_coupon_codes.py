"""Unique codes: each can be turned into one coupon of its batch, by whoever types it first.

A printed code is money for who holds it, so only its keyed hash is kept; the codes of a run are drawn from the vault's key and
can be drawn again. What a run wants is counted on the batch, where a CHECK keeps it within the stock.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("coupon_batch", sa.Column("codes", sa.Integer(), nullable=False, server_default="0"))
    op.create_check_constraint(op.f("ck_coupon_batch_codes_within_stock"), "coupon_batch", "codes BETWEEN 0 AND stock")
    op.create_table(
        "coupon_code_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("cursor", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('create', 'import')", name=op.f("ck_coupon_code_run_kind_known")),
        sa.CheckConstraint(
            "state IN ('planned', 'running', 'done', 'cancelled')", name=op.f("ck_coupon_code_run_state_known")
        ),
        sa.CheckConstraint("wanted > 0", name=op.f("ck_coupon_code_run_wanted_positive")),
        sa.CheckConstraint("made BETWEEN 0 AND wanted", name=op.f("ck_coupon_code_run_made_within_wanted")),
        sa.CheckConstraint("cursor >= made", name=op.f("ck_coupon_code_run_cursor_not_behind")),
        sa.CheckConstraint("state <> 'done' OR made = wanted", name=op.f("ck_coupon_code_run_done_is_whole")),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_coupon_code_run_ended_has_instant"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batch.id"], name=op.f("fk_coupon_code_run_batch_id_coupon_batch")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_coupon_code_run_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_code_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_coupon_code_run_public_id")),
    )
    op.create_index(
        "ix_coupon_code_run_open",
        "coupon_code_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'running')"),
    )
    op.create_index("ix_coupon_code_run_batch_id", "coupon_code_run", ["batch_id", "id"], unique=False)
    op.create_table(
        "coupon_code",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("serial > 0", name=op.f("ck_coupon_code_serial_positive")),
        sa.CheckConstraint("octet_length(code_hash) = 32", name=op.f("ck_coupon_code_hash_length")),
        sa.CheckConstraint(
            "(used_at IS NULL) = (coupon_id IS NULL) AND (used_at IS NULL) = (member_id IS NULL)",
            name=op.f("ck_coupon_code_used_for_a_coupon"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["coupon_code_run.id"], name=op.f("fk_coupon_code_run_id_coupon_code_run")),
        sa.ForeignKeyConstraint(
            ["member_id", "coupon_id"],
            ["coupon.member_id", "coupon.id"],
            name=op.f("fk_coupon_code_member_id_coupon_id_coupon"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "serial", name=op.f("pk_coupon_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_coupon_code_code_hash")),
        sa.UniqueConstraint("member_id", "coupon_id", name=op.f("uq_coupon_code_member_id_coupon_id")),
    )
    op.create_index(
        "ix_coupon_code_used", "coupon_code", ["run_id"], unique=False, postgresql_where=sa.text("used_at IS NOT NULL")
    )
    op.execute(
        "CREATE TRIGGER tr_coupon_code_used_once BEFORE UPDATE ON coupon_code FOR EACH ROW "
        "WHEN (OLD.used_at IS NOT NULL AND (NEW.used_at IS DISTINCT FROM OLD.used_at "
        "OR NEW.coupon_id IS DISTINCT FROM OLD.coupon_id)) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("coupon_code")
    op.drop_table("coupon_code_run")
    op.drop_constraint(op.f("ck_coupon_batch_codes_within_stock"), "coupon_batch")
    op.drop_column("coupon_batch", "codes")
