"""Coupon templates and batches, as the marketer writes and reads them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.models import CouponBatch, CouponTemplate
from app.services import coupon_batches, coupon_templates
from blueprints.schemas.base import Closed, Fen, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.coupons import CouponOut, in_english

# Above these a figure is a typing error: ten million copies, ten billion fen (100 million yuan) of budget.
MAX_STOCK = 10_000_000
MAX_BUDGET_FEN = 10_000_000_000
MAX_PER_MEMBER = 1_000

Stock = Annotated[int, Field(gt=0, le=MAX_STOCK)]
Budget = Annotated[int, Field(gt=0, le=MAX_BUDGET_FEN)]


class TemplateIn(Closed):
    """`value_fen` off a bill of at least `min_spend_fen`, for `valid_days` days from issue; no stores = every store."""

    name: Text
    value_fen: Fen
    min_spend_fen: Fen
    valid_days: Annotated[int, Field(ge=1, le=3650)]
    store_ids: Annotated[list[PublicId], Field(max_length=1000, default_factory=list)]


class TemplateOut(Out):
    id: UUID
    name: str
    kind: Literal["amount_off"]
    value_fen: int
    min_spend_fen: int
    valid_days: int
    store_ids: list[UUID]
    # In plain words, in the language asked for.
    terms: str
    created_at: Instant

    @classmethod
    def of(cls, template: CouponTemplate) -> "TemplateOut":
        return cls(
            id=template.public_id,
            name=template.name,
            kind=template.kind,
            value_fen=template.value_fen,
            min_spend_fen=template.min_spend_fen,
            valid_days=template.valid_days,
            store_ids=coupon_templates.store_public_ids(template),
            terms=coupon_templates.terms_of(template).describe(english=in_english()),
            created_at=template.created_at,
        )


class TemplatePage(Out):
    data: list[TemplateOut]
    has_more: bool
    next_cursor: str | None


class BatchIn(Closed):
    """Stock and budget have no default: a batch nobody bounded cannot be claimed."""

    template_id: PublicId
    name: Text
    how: Literal["claim", "issue", "birthday"]
    stock: Stock
    budget_fen: Budget
    per_member_limit: Annotated[int, Field(ge=1, le=MAX_PER_MEMBER)]
    min_tier_rank: Annotated[int, Field(ge=0, le=1000)] = 0
    claim_starts_at: Instant
    claim_ends_at: Instant


class BatchPatch(Closed):
    """Pausing acts on the next claim; closing is for ever; stock and budget never go below what is out."""

    status: Literal["active", "paused", "closed"] | None = None
    stock: Stock | None = None
    budget_fen: Budget | None = None


class BatchQuery(PageQuery):
    status: Literal["active", "paused", "closed"] | None = None


class BatchOut(Out):
    """A batch with its stock and budget figures; amounts in fen."""

    id: UUID
    template_id: UUID
    name: str
    terms: str
    how: Literal["claim", "issue", "birthday"]
    status: Literal["active", "paused", "closed"]
    stock: int
    issued: int
    # What stock and budget together still allow.
    stock_left: int
    budget_fen: int
    committed_fen: int
    value_fen: int
    per_member_limit: int
    min_tier_rank: int
    claim_starts_at: Instant
    claim_ends_at: Instant
    created_at: Instant

    @classmethod
    def of(cls, batch: CouponBatch) -> "BatchOut":
        return cls(**_batch_values(batch))


class CouponCounts(Out):
    """What became of the coupons given."""

    active: int
    redeemed: int
    expired: int
    revoked: int


class BatchDetail(BatchOut):
    coupons: CouponCounts

    @classmethod
    def with_counts(cls, batch: CouponBatch, *, now: datetime) -> "BatchDetail":
        counts = CouponCounts(**coupon_batches.count_by_status(batch, now=now))
        return cls(**_batch_values(batch), coupons=counts)


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


def _batch_values(batch: CouponBatch) -> dict[str, object]:
    template = coupon_batches.template_of(batch)
    copied = (
        "name",
        "how",
        "status",
        "stock",
        "issued",
        "budget_fen",
        "committed_fen",
        "per_member_limit",
        "min_tier_rank",
        "claim_starts_at",
        "claim_ends_at",
        "created_at",
    )
    return {
        **{name: getattr(batch, name) for name in copied},
        "id": batch.public_id,
        "template_id": template.public_id,
        "value_fen": template.value_fen,
        "terms": coupon_templates.terms_of(template).describe(english=in_english()),
        "stock_left": coupon_batches.stock_left(batch, template),
    }
