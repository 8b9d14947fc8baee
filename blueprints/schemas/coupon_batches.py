"""Coupon batches, as the marketer prints and reads them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.models import CouponBatch
from app.services import coupon_batch_figures, coupon_templates
from app.services.coupon_batch_figures import Printed
from app.services.coupon_templates import Names
from blueprints.schemas.base import MAX_POINTS, Closed, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.coupon_templates import words_of
from blueprints.schemas.coupons import CouponOut

# Above these a figure is a typing error: ten million copies, ten billion fen (100 million yuan) of budget.
MAX_STOCK = 10_000_000
MAX_BUDGET_FEN = 10_000_000_000
MAX_PER_MEMBER = 1_000

How = Literal["claim", "issue", "birthday", "code", "exchange"]
Stock = Annotated[int, Field(gt=0, le=MAX_STOCK)]
Budget = Annotated[int, Field(gt=0, le=MAX_BUDGET_FEN)]


class BatchIn(Closed):
    """Stock and budget have no default: a batch nobody bounded cannot be claimed."""

    template_id: PublicId
    name: Text
    how: How
    stock: Stock
    budget_fen: Budget
    per_member_limit: Annotated[int, Field(ge=1, le=MAX_PER_MEMBER)]
    # Copies on one business date; 0: as many as the batch allows.
    per_day_limit: Annotated[int, Field(ge=0, le=MAX_PER_MEMBER)] = 0
    # For an exchange: what a copy costs.
    points_price: Annotated[int, Field(ge=1, le=MAX_POINTS)] | None = None
    # Who takes over a share of what the coupons cost (basis points of it), for good; both or neither.
    payer_id: PublicId | None = None
    payer_share_bp: Annotated[int, Field(ge=0, le=10_000)] | None = None
    # Clerks may give it at the counter, within their day's limit.
    clerk_can_issue: bool = False
    # For these members alone.
    member_list_id: PublicId | None = None
    # Instead of a list of your own: one that follows the segment, in the version in force now.
    segment_id: PublicId | None = None
    # So many copies a minute set off the alarm, and pause the batch if it is told to.
    alarm_per_minute: Annotated[int, Field(ge=1, le=MAX_STOCK)] | None = None
    alarm_pauses: bool = False
    min_tier_rank: Annotated[int, Field(ge=0, le=1000)] = 0
    claim_starts_at: Instant
    claim_ends_at: Instant


class BatchPatch(Closed):
    """Pausing acts on the next claim; closing is for ever; stock and budget never go below what is out.

    What is left out stays as it is.
    """

    status: Literal["active", "paused", "closed"] | None = None
    stock: Stock | None = None
    budget_fen: Budget | None = None
    # Another version of the same template, while no coupon is out.
    template_id: PublicId | None = None
    alarm_per_minute: Annotated[int, Field(ge=1, le=MAX_STOCK)] | None = None
    alarm_pauses: bool | None = None
    clerk_can_issue: bool | None = None


class BatchQuery(PageQuery):
    status: Literal["active", "paused", "closed"] | None = None
    how: How | None = None
    # All batches of a template, whatever its version.
    family_id: PublicId | None = None


class BatchOut(Out):
    """A batch with its stock and budget figures; amounts in fen."""

    id: UUID
    template_id: UUID
    name: str
    terms: str
    how: How
    status: Literal["active", "paused", "closed"]
    stock: int
    issued: int
    # What stock and budget together still allow.
    stock_left: int
    budget_fen: int
    committed_fen: int
    # Of one use of a copy: what it takes off, or the most it may cost.
    value_fen: int
    uses: int
    per_member_limit: int
    per_day_limit: int
    points_price: int | None
    # Who pays this share of what its coupons cost; null: the shop alone.
    payer_id: UUID | None
    payer_name: str | None
    payer_share_bp: int | None
    clerk_can_issue: bool
    alarm_per_minute: int | None
    alarm_pauses: bool
    alarmed_at: Instant | None
    min_tier_rank: int
    # The members it is for; null: all.
    member_list_id: UUID | None
    member_list_name: str | None
    claim_starts_at: Instant
    claim_ends_at: Instant
    created_at: Instant

    @classmethod
    def of(cls, printed: Printed, names: Names) -> "BatchOut":
        return cls(**_batch_values(printed, names))


class CouponCounts(Out):
    """What became of the coupons given."""

    active: int
    redeemed: int
    expired: int
    revoked: int
    # Passed on to a friend, who has a copy of their own.
    given: int


class BatchDetail(BatchOut):
    coupons: CouponCounts

    @classmethod
    def with_counts(cls, batch: CouponBatch, *, now: datetime) -> "BatchDetail":
        counts = CouponCounts(**coupon_batch_figures.count_by_status(batch, now=now))
        printed = coupon_batch_figures.tell(batch)
        names = coupon_templates.names_of([coupon_templates.terms_of(printed.template)])
        return cls(**_batch_values(printed, names), coupons=counts)


class BatchPage(Out):
    data: list[BatchOut]
    has_more: bool
    next_cursor: str | None


class IssueIn(Closed):
    """Why a coupon is given by hand goes to the audit trail."""

    member_id: PublicId
    note: Text


class IssueOut(Out):
    """`is_new` false: this very issue had been made before; the coupon is the first one."""

    coupon: CouponOut
    is_new: bool


def _batch_values(printed: Printed, names: Names) -> dict[str, object]:
    batch, template = printed.batch, printed.template
    copied = (
        "name",
        "how",
        "status",
        "stock",
        "budget_fen",
        "per_member_limit",
        "per_day_limit",
        "points_price",
        "payer_share_bp",
        "clerk_can_issue",
        "min_tier_rank",
        "alarm_per_minute",
        "alarm_pauses",
        "alarmed_at",
        "claim_starts_at",
        "claim_ends_at",
        "created_at",
    )
    return {
        **{name: getattr(batch, name) for name in copied},
        "id": batch.public_id,
        "template_id": template.public_id,
        "payer_id": printed.payer and printed.payer.public_id,
        "payer_name": printed.payer and printed.payer.name,
        "member_list_id": printed.member_list and printed.member_list.public_id,
        "member_list_name": printed.member_list and printed.member_list.name,
        "issued": printed.issued,
        "committed_fen": printed.committed_fen,
        "stock_left": max(0, printed.stock_left),
        "value_fen": template.value_fen,
        "uses": template.uses,
        "terms": words_of(template, names),
    }
