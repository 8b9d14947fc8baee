"""A member at the counter: the scan."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from blueprints.schemas.base import Closed, Instant, Out
from blueprints.schemas.checkouts import BillFen, QuoteOut
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut


class VisitIn(Closed):
    """What the scan gun typed: twenty digits, blanks allowed. A bill rung up before the scan is quoted at once."""

    member_code: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    bill_fen: BillFen | None = None


class VisitOut(Out):
    """Good for one redemption or purchase by the same clerk until `expires_at`. `quote`: what the bill would come to, if one was
    told; nothing is held for it."""

    visit_id: UUID
    expires_at: Instant
    member: MemberCardOut
    coupons: list[CouponOut]
    quote: QuoteOut | None
