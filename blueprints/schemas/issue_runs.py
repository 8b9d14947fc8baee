"""Issue runs and revocations, as the marketer looks at them first, begins them and watches them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.services.issue_audiences import Audience
from app.services.issue_runs import Told
from app.services.revocations import Told as RevocationTold
from blueprints.schemas.base import Closed, Code, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.coupon_batches import MAX_STOCK

RunState = Literal["planned", "running", "paused", "done", "cancelled", "revoked"]
RevocationState = Literal["working", "done", "undoing", "undone"]
Copies = Annotated[int, Field(ge=0, le=MAX_STOCK)]
# A sentence another person can judge by.
Why = Annotated[Text, Field(min_length=2)]


class AudienceIn(Closed):
    """Everyone, the members of some tiers (by code), a list, or a segment."""

    audience: Literal["everyone", "tiers", "member_list", "segment"]
    tiers: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)
    member_list_id: PublicId | None = None
    segment_id: PublicId | None = None

    def meant(self) -> Audience:
        """The audience as services know it."""
        return Audience(
            kind=self.audience,
            tiers=self.tiers,
            member_list_public_id=self.member_list_id,
            segment_public_id=self.segment_id,
        )


class IssueRunIn(AudienceIn):
    """`partial`: give what there is, and leave the others without, when stock or budget end."""

    partial: bool = False
    note: Why


class RunPreviewOut(Out):
    """`skipped`: members by the reason that keeps them from a copy now."""

    members: int
    would_get: int
    skipped: dict[str, int]
    needed_fen: int
    stock_left: int
    budget_left_fen: int
    is_covered: bool


class IssueRunOut(Out):
    """`total` members were meant when it was made; given and skipped ones have had their turn."""

    id: UUID
    batch_id: UUID
    batch_name: str
    audience: Literal["everyone", "tiers", "member_list", "segment"]
    tiers: list[str]
    member_list_id: UUID | None
    member_list_name: str | None
    segment_id: UUID | None
    segment_name: str | None
    # The one in force when it was made.
    segment_version: int | None
    partial: bool
    state: RunState
    # batch_not_open, stock or budget, when it paused itself.
    pause_reason: Literal["batch_not_open", "stock", "budget"] | None
    total: int
    given: int
    skipped: dict[str, int]
    note: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None

    @classmethod
    def of(cls, told: Told) -> "IssueRunOut":
        run = told.run
        same = ("audience", "state", "pause_reason", "total", "given", "skipped", "note")
        times = ("created_at", "started_at", "finished_at")
        return cls(
            id=run.public_id,
            batch_id=told.batch.public_id,
            batch_name=told.batch.name,
            tiers=told.tiers,
            member_list_id=None if told.member_list is None else told.member_list.public_id,
            member_list_name=None if told.member_list is None else told.member_list.name,
            segment_id=None if told.segment is None else told.segment.public_id,
            segment_name=None if told.segment is None else told.segment.name,
            segment_version=run.segment_version,
            partial=run.is_partial,
            **{name: getattr(run, name) for name in (*same, *times)},
        )


class IssueRunQuery(PageQuery):
    state: RunState | None = None
    batch_id: PublicId | None = None


class RevocationQuery(PageQuery):
    """Of one batch, or of all."""

    batch_id: PublicId | None = None


class IssueRunPage(Out):
    data: list[IssueRunOut]
    has_more: bool
    next_cursor: str | None


class ConsequencesOut(Out):
    """Copies by what would become of them. `active` would be revoked: `held` of them when a hold at a counter ends unused,
    `expiring` of them would soon run out anyway. `used` ones keep their uses, `given` ones live on with a friend."""

    active: int
    held: int
    expiring: int
    used: int
    given: int
    revoked: int
    expired: int
    # What the uses left of the active ones could cost.
    money_fen: int


class RevocationIn(Closed):
    """`expected`: the active copies of the preview; refused when there are more than `tolerance` above them by now."""

    expected: Copies
    tolerance: Copies = 0
    reason: Why


class CouponRevocationIn(Closed):
    """Why one copy is taken back; kept in the audit."""

    reason: Why


class RevocationUndoIn(Closed):
    """Why copies are given back; kept in the audit."""

    reason: Why


class RevocationOut(Out):
    """`revoked` and `restored` copies so far. Scope `erasure`: what a member held who was erased."""

    id: UUID
    scope: Literal["coupon", "run", "batch", "erasure"]
    batch_id: UUID
    batch_name: str
    issue_run_id: UUID | None
    state: RevocationState
    reason: str
    expected: int
    revoked: int
    restored: int
    created_at: Instant
    finished_at: Instant | None
    undone_at: Instant | None
    # The last moment an admin can give the copies back.
    undo_until: Instant

    @classmethod
    def of(cls, told: RevocationTold) -> "RevocationOut":
        row = told.revocation
        same = ("scope", "state", "reason", "expected", "revoked", "restored")
        times = ("created_at", "finished_at", "undone_at")
        return cls(
            id=row.public_id,
            batch_id=told.batch.public_id,
            batch_name=told.batch.name,
            undo_until=told.undo_until,
            issue_run_id=told.run_public_id,
            **{name: getattr(row, name) for name in (*same, *times)},
        )


class RevocationPage(Out):
    data: list[RevocationOut]
    has_more: bool
    next_cursor: str | None
