"""What was typed or scanned, whom it may name, and a member as the counter shows them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.services.lookups import Candidate, Candidates, Typed
from app.services.member_panels import Panel
from blueprints.schemas.base import Closed, Instant, Out
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.points import BadgeOut


class LookupIn(Closed):
    """As it stands in the input: a scan gun's digits, a code, a phone or its last four digits."""

    typed: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class CandidateOut(Out):
    """A member a phone may belong to."""

    id: UUID
    nickname: str
    phone_masked: str
    badge: BadgeOut
    joined_at: Instant

    @classmethod
    def of(cls, one: Candidate) -> "CandidateOut":
        return cls(
            id=one.public_id,
            nickname=one.nickname,
            phone_masked=one.phone_masked,
            badge=BadgeOut(
                code=one.tier_code,
                name=one.tier_name,
                name_en=one.tier_name_en,
                colour=one.tier_colour,
                svg_url=f"/api/mini/v1/badges/{one.tier_code}.svg",
            ),
            joined_at=one.joined_at,
        )


class LookupOut(Out):
    """`kind` says what to do next: a member code opens a visit, a coupon code is used in one, a phone names candidates.

    `value`: the code without blanks and dashes; empty for phones. `is_cut`: more members match than are told; ask for the
    whole number.
    """

    kind: Literal["member_code", "coupon_code", "phone", "phone_tail"]
    value: str
    candidates: list[CandidateOut]
    is_cut: bool

    @classmethod
    def of(cls, typed: Typed, found: Candidates | None) -> "LookupOut":
        return cls(
            kind=typed.kind,
            value=typed.value if found is None else "",
            candidates=[] if found is None else [CandidateOut.of(one) for one in found.members],
            is_cut=found is not None and found.is_cut,
        )


class PanelOut(Out):
    """A member in front of the clerk. Without a visit nothing of theirs can be used: scan their code."""

    visit_id: UUID | None
    expires_at: Instant | None
    member: MemberCardOut
    coupons: list[CouponOut]

    @classmethod
    def of(cls, panel: Panel) -> "PanelOut":
        return cls(
            visit_id=None if panel.visit is None else panel.visit.public_id,
            expires_at=None if panel.visit is None else panel.visit.expires_at,
            member=MemberCardOut.of(panel.card),
            coupons=[CouponOut.of(coupon) for coupon in panel.coupons],
        )
