"""Tags, figures of each member's purchases, and segments as audiences of coupons.

A segment asks for tags and for how a member's purchases stand: both are kept by member, so that a question is one look-up.
A claim must stay one look at a list: where a batch is for a segment, its members are written onto a list that follows it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STAGES = "'new', 'active', 'loyal', 'at_risk', 'lapsed', 'lost', 'won_back'"


def upgrade() -> None:
    _tags()
    _figures()
    _followed_lists()
    _audiences()
    op.add_column(
        "programme",
        sa.Column("lifecycle", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
    )


def _tags() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_tag_name_length")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_tag_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tag_public_id")),
    )
    op.create_table(
        "member_tag",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["staff.id"], name=op.f("fk_member_tag_added_by_id_staff")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_tag_member_id_member")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_member_tag_tag_id_tag")),
        sa.PrimaryKeyConstraint("member_id", "tag_id", name=op.f("pk_member_tag")),
    )
    op.create_index("ix_member_tag_tag_id_member_id", "member_tag", ["tag_id", "member_id"])


def _figures() -> None:
    op.create_table(
        "member_figure",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_purchase_on", sa.Date(), nullable=True),
        sa.Column("last_purchase_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("purchases_year", sa.Integer(), nullable=False),
        sa.Column("spent_year_fen", sa.BigInteger(), nullable=False),
        sa.Column("recency", sa.SmallInteger(), nullable=True),
        sa.Column("frequency", sa.SmallInteger(), nullable=True),
        sa.Column("money", sa.SmallInteger(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since", sa.Date(), nullable=False),
        sa.Column("previous_stage", sa.Text(), nullable=True),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_member_figure_stage_known")),
        sa.CheckConstraint(f"previous_stage IN ({STAGES})", name=op.f("ck_member_figure_previous_stage_known")),
        sa.CheckConstraint("previous_stage <> stage", name=op.f("ck_member_figure_stage_changed")),
        sa.CheckConstraint("stage_since <= computed_on", name=op.f("ck_member_figure_stage_since_seen")),
        sa.CheckConstraint(
            "purchases >= purchases_year AND purchases_year >= 0 AND spent_fen >= spent_year_fen AND spent_year_fen >= 0",
            name=op.f("ck_member_figure_year_within_life"),
        ),
        sa.CheckConstraint(
            "(purchases > 0) = (first_purchase_on IS NOT NULL) AND (purchases > 0) = (last_purchase_on IS NOT NULL)",
            name=op.f("ck_member_figure_purchases_have_dates"),
        ),
        sa.CheckConstraint("first_purchase_on <= last_purchase_on", name=op.f("ck_member_figure_dates_forward")),
        sa.CheckConstraint(
            "returned_on > first_purchase_on AND returned_on <= last_purchase_on",
            name=op.f("ck_member_figure_returned_between"),
        ),
        sa.CheckConstraint(
            "recency BETWEEN 1 AND 5 AND frequency BETWEEN 1 AND 5 AND money BETWEEN 1 AND 5",
            name=op.f("ck_member_figure_scores_range"),
        ),
        sa.CheckConstraint(
            "(recency IS NULL) = (frequency IS NULL) AND (recency IS NULL) = (money IS NULL)"
            " AND (recency IS NULL OR purchases > 0)",
            name=op.f("ck_member_figure_scores_whole"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_figure_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_figure")),
    )
    refresh = op.create_table(
        "figure_refresh",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("after_member_id", sa.BigInteger(), nullable=True),
        sa.Column("after_purchase_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_figure_refresh_one_row")),
        sa.CheckConstraint(
            "after_member_id >= 0 AND after_purchase_id >= 0", name=op.f("ck_figure_refresh_cursors_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_refresh")),
    )
    op.bulk_insert(refresh, [{"id": 1, "day": None, "after_member_id": None, "after_purchase_id": 0}])


def _followed_lists() -> None:
    op.create_table(
        "segment_list",
        sa.Column("list_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_version", sa.Integer(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("through_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("after_id BETWEEN 0 AND through_id", name=op.f("ck_segment_list_cursor_in_range")),
        sa.CheckConstraint(
            "due_at IS NOT NULL OR completed_at IS NOT NULL", name=op.f("ck_segment_list_ends_complete")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["member_list.id"], name=op.f("fk_segment_list_list_id_member_list")),
        sa.ForeignKeyConstraint(
            ["segment_id", "segment_version"],
            ["segment_version.segment_id", "segment_version.version"],
            name=op.f("fk_segment_list_segment_segment_version"),
        ),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_segment_list")),
    )
    op.create_index(
        "ix_segment_list_due_at", "segment_list", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )


def _audiences() -> None:
    for name in ("segment_id", "segment_version"):
        kind = sa.BigInteger() if name == "segment_id" else sa.Integer()
        op.add_column("issue_run", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_issue_run_segment_segment_version"),
        "issue_run",
        "segment_version",
        ["segment_id", "segment_version"],
        ["segment_id", "version"],
    )
    _replace(
        audience_known="audience IN ('everyone', 'tiers', 'member_list', 'segment')",
        audience_whole=(
            "(audience = 'tiers') = (cardinality(tier_ids) > 0) "
            "AND (audience = 'member_list') = (member_list_id IS NOT NULL) "
            "AND (audience = 'segment') = (segment_id IS NOT NULL) "
            "AND (segment_id IS NULL) = (segment_version IS NULL)"
        ),
    )


def _replace(**checks: str) -> None:
    for name, rule in checks.items():
        op.drop_constraint(op.f(f"ck_issue_run_{name}"), "issue_run")
        op.create_check_constraint(op.f(f"ck_issue_run_{name}"), "issue_run", rule)


def downgrade() -> None:
    op.drop_column("programme", "lifecycle")
    op.execute("DELETE FROM issue_run WHERE audience = 'segment'")
    op.drop_constraint(op.f("fk_issue_run_segment_segment_version"), "issue_run", type_="foreignkey")
    _replace(
        audience_known="audience IN ('everyone', 'tiers', 'member_list')",
        audience_whole=(
            "(audience = 'tiers') = (cardinality(tier_ids) > 0) "
            "AND (audience = 'member_list') = (member_list_id IS NOT NULL)"
        ),
    )
    op.drop_column("issue_run", "segment_version")
    op.drop_column("issue_run", "segment_id")
    for table in ("segment_list", "figure_refresh", "member_figure", "member_tag", "tag"):
        op.drop_table(table)
