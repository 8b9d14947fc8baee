"""The audit is sealed in blocks, each hashed over the one before (I17); blocks are append-only too."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_seal", "audit_seal_entry")
# Kept row by row since they were made; here against being emptied.
KEPT = ("check_in", "member_badge", "member_event")


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("block_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entries > 0", name=op.f("ck_audit_seal_entries_positive")),
        sa.CheckConstraint("length(hash) = 32 AND length(previous_hash) = 32", name=op.f("ck_audit_seal_hashes_whole")),
        sa.PrimaryKeyConstraint("block_no", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_seal_previous_hash")),
    )
    op.create_table(
        "audit_seal_entry",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block_no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_audit_seal_entry_hash_whole")),
        sa.ForeignKeyConstraint(
            ["block_no"], ["audit_seal.block_no"], name=op.f("fk_audit_seal_entry_block_no_audit_seal")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_entry_id_audit_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_seal_entry")),
    )
    op.create_index("ix_audit_seal_entry_block_no", "audit_seal_entry", ["block_no", "entry_id"], unique=False)
    op.drop_constraint(op.f("ck_audit_entry_actor_kind_known"), "audit_entry", type_="check")
    op.create_check_constraint(
        op.f("ck_audit_entry_actor_kind_known"), "audit_entry", "actor_kind IN ('staff', 'member', 'partner', 'system')"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
    for table in (*APPEND_ONLY, *KEPT):
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
    op.execute(
        "CREATE TRIGGER tr_member_event_no_delete BEFORE DELETE ON member_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_member_event_no_delete ON member_event")
    for table in KEPT:
        op.execute(f"DROP TRIGGER tr_{table}_no_truncate ON {table}")
    op.drop_constraint(op.f("ck_audit_entry_actor_kind_known"), "audit_entry", type_="check")
    op.create_check_constraint(
        op.f("ck_audit_entry_actor_kind_known"), "audit_entry", "actor_kind IN ('staff', 'member', 'system')"
    )
    op.drop_index("ix_audit_seal_entry_block_no", table_name="audit_seal_entry")
    op.drop_table("audit_seal_entry")
    op.drop_table("audit_seal")
