"""Members from a file: the import with its consent and its undoing, and a sealed row for each line.

A shop that comes from another system brings its members along. A line makes a member exactly once (its primary key), and
is forgotten as soon as it has.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0037"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
ENDED = "state IN ('done', 'stopped', 'undoing', 'undone')"
IMPORT_CHECKS = {
    "state_known": "state IN ('checking', 'checked', 'running', 'paused', 'done', 'stopped', 'undoing', 'undone')",
    "consent_told": "length(consent_source) >= 4 AND consent_version <> ''",
    "numbers_in_range": "lines > 0 AND ready_points >= 0 AND ready_growth >= 0",
    "ended_has_instant": f"({ENDED}) = (finished_at IS NOT NULL)",
    "start_whole": "(started_at IS NULL) = (started_by_id IS NULL) AND (started_at IS NULL) = (started_on IS NULL)",
    "begun_by_somebody": "state NOT IN ('running', 'paused', 'done') OR started_at IS NOT NULL",
    "second_person": "NOT needs_second OR started_by_id <> created_by_id",
    "undo_has_author": (
        "(state IN ('undoing', 'undone')) = (undone_by_id IS NOT NULL)"
        " AND (undone_by_id IS NULL) = (undone_at IS NULL) AND (undone_by_id IS NULL) = (undo_reason IS NULL)"
    ),
    "erased_when_over": f"erased_at IS NULL OR {ENDED}",
}
LINE_CHECKS = {
    "state_known": "state IN ('waiting', 'ready', 'faulty', 'known', 'made', 'skipped', 'undone', 'kept')",
    "numbers_in_range": "line > 0 AND points >= 0 AND growth >= 0",
    "made_names_member": "(state IN ('made', 'undone', 'kept')) = (member_id IS NOT NULL)",
    "seen_is_forgotten": "state IN ('waiting', 'ready') OR (cipher IS NULL AND phone_index IS NULL)",
    "reason_told": "(state IN ('known', 'skipped', 'kept')) = (reason IS NOT NULL)",
    "faulty_says_why": "(state = 'faulty') = (faults <> '[]'::jsonb)",
}


def upgrade() -> None:
    _imports()
    _lines()


def _imports() -> None:
    op.create_table(
        "member_import",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("file_name", "encoding")),
        *(sa.Column(name, postgresql.JSONB, nullable=False) for name in ("columns", "ignored")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("consent_source", "consent_version", "state")),
        sa.Column("lines", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
            for name in ("ready_points", "ready_growth")
        ),
        sa.Column("needs_second", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_by_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_by_id", sa.BigInteger),
        sa.Column("started_at", INSTANT),
        sa.Column("started_on", sa.Date),
        sa.Column("finished_at", INSTANT),
        sa.Column("undone_by_id", sa.BigInteger),
        sa.Column("undone_at", INSTANT),
        sa.Column("undo_reason", sa.Text),
        sa.Column("erased_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_member_import_public_id")),
        *(
            sa.ForeignKeyConstraint([column], ["staff.id"], name=op.f(f"fk_member_import_{column}_staff"))
            for column in ("created_by_id", "started_by_id", "undone_by_id")
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_member_import_{name}")) for name, rule in IMPORT_CHECKS.items()),
    )
    op.create_index(
        "ix_member_import_live",
        "member_import",
        ["id"],
        postgresql_where=sa.text("state IN ('checking', 'running', 'undoing') OR erased_at IS NULL"),
    )
    op.create_index("ix_member_import_started_by_id_started_on", "member_import", ["started_by_id", "started_on"])


def _lines() -> None:
    op.create_table(
        "member_import_line",
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cipher", sa.LargeBinary),
        sa.Column("phone_index", sa.LargeBinary),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in ("points", "growth")),
        sa.Column("faults", postgresql.JSONB, nullable=False, server_default="[]"),
        sa.Column("reason", sa.Text),
        sa.Column("member_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_member_import_line")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["member_import.id"], name=op.f("fk_member_import_line_import_id_member_import")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_import_line_member_id_member")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_member_import_line_{name}")) for name, rule in LINE_CHECKS.items()),
    )
    op.create_index(
        "uq_member_import_line_phone",
        "member_import_line",
        ["import_id", "phone_index"],
        unique=True,
        postgresql_where=sa.text("phone_index IS NOT NULL"),
    )
    op.create_index(
        "uq_member_import_line_member",
        "member_import_line",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_index("ix_member_import_line_state", "member_import_line", ["import_id", "state", "line"])
    op.create_index(
        "ix_member_import_line_sealed",
        "member_import_line",
        ["import_id", "line"],
        postgresql_where=sa.text("cipher IS NOT NULL OR phone_index IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("member_import_line")
    op.drop_table("member_import")
