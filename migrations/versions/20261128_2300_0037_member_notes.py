"""Service notes on members, and members found by the last four digits of their phone."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_note",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("store_id", sa.BigInteger),
        sa.Column("written_by_id", sa.BigInteger, nullable=False),
        sa.Column("written_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("length(note) BETWEEN 1 AND 500", name=op.f("ck_member_note_note_length")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_note_member_id_member")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_member_note_store_id_store")),
        sa.ForeignKeyConstraint(["written_by_id"], ["staff.id"], name=op.f("fk_member_note_written_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_member_note_public_id")),
    )
    op.create_index("ix_member_note_member_id_id", "member_note", ["member_id", "id"])
    op.create_index(
        "ix_member_phone_tail",
        "member",
        [sa.text("right(phone_masked, 4)"), "id"],
        postgresql_where=sa.text("phone_masked IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_member_phone_tail", table_name="member")
    op.drop_table("member_note")
