"""Refused uses of coupons, as a manager reads them."""

from uuid import UUID

from app.messages import text_for
from app.services.redemption_attempts import Refused
from blueprints.schemas.base import BusinessDate, Code, Instant, Out, PageQuery


class AttemptQuery(PageQuery):
    """A business date of the shop, today when left out; of one reason (an error's code) only, when told."""

    on: BusinessDate | None = None
    reason: Code | None = None


class AttemptOut(Out):
    """Who tried what. Ids are as they were sent: there need be nothing of that name."""

    tried_at: Instant
    clerk: str
    visit_id: UUID | None
    coupon_ids: list[UUID]
    bill_fen: int | None
    # The error's code, and its words without particulars.
    reason: str
    message: str

    @classmethod
    def of(cls, refused: Refused) -> "AttemptOut":
        attempt = refused.attempt
        return cls(
            tried_at=attempt.tried_at,
            clerk=refused.clerk,
            visit_id=attempt.visit_public_id,
            coupon_ids=attempt.coupon_public_ids,
            bill_fen=attempt.bill_fen,
            reason=attempt.reason,
            message=text_for(attempt.reason, {}),
        )


class AttemptPage(Out):
    data: list[AttemptOut]
    has_more: bool
    next_cursor: str | None
