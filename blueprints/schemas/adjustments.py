"""Corrections by hand as the console asks for, decides and shows them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.services.adjustments import Told
from blueprints.schemas.base import MAX_POINTS, BusinessDate, Closed, Instant, Out, PageQuery, PublicId, Text

Ledger = Literal["points", "growth"]
Reason = Literal["service", "goodwill", "mistake", "fraud", "migration"]
State = Literal["waiting", "booked", "rejected"]
# A sentence another person can judge by.
Why = Annotated[Text, Field(min_length=4)]


class AdjustmentIn(Closed):
    """`amount` is signed and never 0: what is given, or with a minus taken."""

    member_id: PublicId
    ledger: Ledger
    amount: Annotated[int, Field(ge=-MAX_POINTS, le=-1)] | Annotated[int, Field(ge=1, le=MAX_POINTS)]
    reason_code: Reason
    reason: Why


class RejectionIn(Closed):
    """Why it is turned down; kept in the audit."""

    reason: Why


class AdjustmentQuery(PageQuery):
    """Only those in one state, when `state` is given."""

    state: State | None = None


class AdjustedMemberOut(Out):
    id: UUID
    nickname: str
    phone_masked: str | None


class AdjustmentOut(Out):
    """`needs_approval` tells that it passed the limit of one person; who decided is null until then."""

    id: UUID
    member: AdjustedMemberOut
    ledger: Ledger
    amount: int
    reason_code: Reason
    reason: str
    state: State
    needs_approval: bool
    business_date: BusinessDate
    requested_by: str
    requested_at: Instant
    decided_by: str | None
    decided_at: Instant | None

    @classmethod
    def of(cls, told: Told) -> "AdjustmentOut":
        row = told.adjustment
        return cls.model_validate(
            {
                "id": row.public_id,
                "member": {
                    "id": told.member.public_id,
                    "nickname": told.member.nickname,
                    "phone_masked": told.member.phone_masked,
                },
                "ledger": row.ledger,
                "amount": row.amount,
                "reason_code": row.reason_code,
                "reason": row.reason,
                "state": row.state,
                "needs_approval": row.needs_approval,
                "business_date": row.business_date,
                "requested_by": told.requested_by,
                "requested_at": row.requested_at,
                "decided_by": told.decided_by,
                "decided_at": row.decided_at,
            }
        )


class AdjustmentPage(Out):
    data: list[AdjustmentOut]
    has_more: bool
    next_cursor: str | None
