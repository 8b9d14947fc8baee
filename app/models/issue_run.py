"""Coupons given to many at once, and taken back: each a row that a tick works off, member by member, from a cursor."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str

RUN_STATES = ("planned", "running", "paused", "done", "cancelled", "revoked")
REVOCATION_STATES = ("working", "done", "undoing", "undone")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class IssueRun(Model):
    """A copy of one batch to every member of an audience; `after_id` is how far it is, committed with the coupons given."""

    __tablename__ = "issue_run"
    __table_args__ = (
        ForeignKeyConstraint(
            ["segment_id", "segment_version"],
            ["segment_version.segment_id", "segment_version.version"],
            name="fk_issue_run_segment_segment_version",
        ),
        CheckConstraint(_one_of("audience", ("everyone", "tiers", "member_list", "segment")), name="audience_known"),
        CheckConstraint(_one_of("state", RUN_STATES), name="state_known"),
        CheckConstraint(
            "(audience = 'tiers') = (cardinality(tier_ids) > 0) "
            "AND (audience = 'member_list') = (member_list_id IS NOT NULL) "
            "AND (audience = 'segment') = (segment_id IS NOT NULL) "
            "AND (segment_id IS NULL) = (segment_version IS NULL)",
            name="audience_whole",
        ),
        CheckConstraint("after_id BETWEEN 0 AND through_id", name="cursor_in_range"),
        CheckConstraint("given >= 0 AND total >= 0", name="counts_not_negative"),
        CheckConstraint(
            "(state IN ('done', 'cancelled', 'revoked')) = (finished_at IS NOT NULL)", name="ended_has_instant"
        ),
        # The tick.
        Index("ix_issue_run_live", "id", postgresql_where=text("state IN ('planned', 'running')")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    audience: Mapped[Str]
    tier_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    member_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member_list.id"))
    segment_id: Mapped[int | None] = mapped_column(BigInteger)
    segment_version: Mapped[int | None]
    # Go on without copies where stock or budget end, instead of pausing there.
    is_partial: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    state: Mapped[Str] = mapped_column(default="planned")
    # Why it paused itself: batch_not_open, stock or budget. NULL when a person paused it.
    pause_reason: Mapped[Str | None]
    # Members up to `after_id` have had their turn; the run ends with who was the newest member when it was made.
    after_id: Mapped[Amount] = mapped_column(default=0)
    through_id: Mapped[Amount]
    # Members whom a merge put on the list behind the cursor.
    late_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")
    given: Mapped[int] = mapped_column(default=0, server_default="0")
    # {"limit": 3}: members who got none, by reason.
    skipped: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    # Members counted when it was made; the audience may have grown or shrunk since.
    total: Mapped[int]
    note: Mapped[Str]
    created_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]


class Revocation(Model):
    """Coupons taken back: one, those of a run, of a batch, or of an erased member in one batch; with how far it is."""

    __tablename__ = "revocation"
    __table_args__ = (
        CheckConstraint(_one_of("scope", ("coupon", "run", "batch", "erasure")), name="scope_known"),
        CheckConstraint(_one_of("state", REVOCATION_STATES), name="state_known"),
        CheckConstraint("(scope = 'run') = (issue_run_id IS NOT NULL)", name="run_is_named"),
        CheckConstraint(
            "expected >= 0 AND after_id >= 0 AND revoked >= 0 AND restored >= 0", name="counts_not_negative"
        ),
        CheckConstraint("(state = 'working') = (finished_at IS NULL)", name="ended_has_instant"),
        CheckConstraint(
            "(state IN ('undoing', 'undone')) = (undone_by_id IS NOT NULL)"
            " AND (undone_by_id IS NULL) = (undone_at IS NULL)",
            name="undo_has_author",
        ),
        # An erasure is the member's own doing.
        CheckConstraint("(scope = 'erasure') = (created_by_id IS NULL)", name="by_somebody"),
        # Two at work on one batch would each count what the other took.
        Index(
            "uq_revocation_busy",
            "batch_id",
            unique=True,
            postgresql_where=text("state IN ('working', 'undoing') AND scope <> 'coupon'"),
        ),
        # The tick, and what stands in the way of reopening a batch.
        Index("ix_revocation_live", "batch_id", "id", postgresql_where=text("state IN ('working', 'undoing')")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    scope: Mapped[Str]
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    issue_run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("issue_run.id"))
    state: Mapped[Str] = mapped_column(default="working")
    reason: Mapped[Str]
    # Active coupons that whoever asked for it was told of.
    expected: Mapped[int]
    after_id: Mapped[Amount] = mapped_column(default=0, server_default="0")
    revoked: Mapped[int] = mapped_column(default=0, server_default="0")
    restored: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    undone_at: Mapped[Instant | None]
