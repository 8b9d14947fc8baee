"""Coupons a clerk gives at the counter."""

from uuid import UUID

from app.services.clerk_issues import Issued
from app.services.coupon_batch_figures import Printed
from app.services.coupon_templates import Names
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text
from blueprints.schemas.coupon_templates import words_of
from blueprints.schemas.coupons import CouponOut


class ClerkIssueIn(Closed):
    """Why it is given goes to the audit trail."""

    visit_id: PublicId
    batch_id: PublicId
    note: Text


class ClerkIssueOut(Out):
    """`left_today`: copies this person may still give on this business date."""

    coupon: CouponOut
    left_today: int

    @classmethod
    def of(cls, issued: Issued) -> "ClerkIssueOut":
        return cls(coupon=CouponOut.of(issued.coupon), left_today=issued.left_today)


class ClerkBatchOut(Out):
    id: UUID
    name: str
    batch_name: str
    terms: str
    value_fen: int
    stock_left: int
    claim_ends_at: Instant

    @classmethod
    def of(cls, printed: Printed, names: Names) -> "ClerkBatchOut":
        return cls(
            id=printed.batch.public_id,
            name=printed.template.name,
            batch_name=printed.batch.name,
            terms=words_of(printed.template, names),
            value_fen=printed.template.value_fen,
            stock_left=max(0, printed.stock_left),
            claim_ends_at=printed.batch.claim_ends_at,
        )


class ClerkBatchesOut(Out):
    data: list[ClerkBatchOut]
    left_today: int
