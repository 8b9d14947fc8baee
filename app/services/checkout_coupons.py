"""Coupons as they are laid on a bill: who they are, what they say, and whether their own state stands in the way."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from app.errors import AlreadyRedeemed, CouponsNotCombinable, LoyaltyError, NotFound
from app.plain_statements import Plain
from app.rules import coupon_conditions, coupon_terms, stacking
from app.rules.coupon_terms import Terms
from app.rules.stacking import Candidate, Plan, Refused
from app.services.checkout_bills import Judged
from app.services.wallet import HeldCoupon
from app.statements import redeem as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class Laid:
    """One coupon on a bill. `refusal`: why it cannot be used on any bill now."""

    id: int
    public_id: uuid.UUID
    terms: Terms
    expires_at: datetime
    refusal: LoyaltyError | None

    @property
    def candidate(self) -> Candidate:
        """As the stacking rules weigh it."""
        return Candidate(key=self.id, terms=self.terms, expires_at=self.expires_at)


def looks(member_id: int, public_ids: Sequence[uuid.UUID]) -> tuple[Plain, ...]:
    """The statement that asks for the member's coupons of these ids, and locks them; none for none. `chosen` reads its answer."""
    return ((statements.LOOK, {"member_id": member_id, "coupons": list(public_ids)}),) if public_ids else ()


def chosen(
    answers: Sequence[Sequence[Any]], public_ids: Sequence[uuid.UUID], *, visit_id: int, now: datetime
) -> tuple[Laid, ...]:
    """The coupons in the order they were named. Raises NotFound, also for somebody else's, and CouponsNotCombinable for one
    named twice."""
    found = {row.public_id: row._asdict() for rows in answers for row in rows}
    if set(public_ids) - set(found):
        raise NotFound(kind="coupon")
    if len(found) < len(public_ids):
        twice = next(one for one in public_ids if list(public_ids).count(one) > 1)
        raise CouponsNotCombinable(reason="same_coupon", coupon_id=str(twice), **{"with": [str(twice)]})
    return tuple(
        Laid(
            id=row["id"],
            public_id=row["public_id"],
            terms=coupon_terms.read_text(row["terms"]),
            expires_at=row["expires_at"],
            refusal=_refusal(row, visit_id=visit_id, now=now),
        )
        for row in (found[public_id] for public_id in public_ids)
    )


def of_wallet(coupon: HeldCoupon, *, visit_id: int, now: datetime) -> Laid:
    """A coupon of the wallet, laid on the bill of a visit."""
    state = {name: getattr(coupon, name) for name in _STATE}
    return Laid(
        id=coupon.id,
        public_id=coupon.public_id,
        terms=coupon.terms,
        expires_at=coupon.expires_at,
        refusal=_refusal(state, visit_id=visit_id, now=now),
    )


def apply(laid: Iterable[Laid], judged: Judged) -> Plan:
    """Use exactly these on the bill. Raises the first refusal, naming the coupon."""
    coupons = {one.id: one for one in laid}
    for one in coupons.values():
        if one.refusal is not None:
            raise one.refusal
    outcome = stacking.attempt([one.candidate for one in coupons.values()], judged.bill, judged.policy)
    if isinstance(outcome, Refused):
        _refuse(outcome, coupons)
    return outcome


def _refuse(refused: Refused, coupons: dict[int, Laid]) -> NoReturn:
    """With several coupons on a bill the clerk has to know which; internal keys stay inside."""
    data = {**refused.error.data, "coupon_id": str(coupons[refused.key].public_id)}
    if "with" in data:
        data["with"] = [str(coupons[key].public_id) for key in data["with"]]
    raise type(refused.error)(**data)


_STATE = (
    "public_id",
    "status",
    "usable_from",
    "expires_at",
    "redeemed_at",
    "redeemed_store",
    "held_visit_id",
    "held_until",
)


def _refusal(row: Any, *, visit_id: int, now: datetime) -> LoyaltyError | None:
    named = {"coupon_id": str(row["public_id"])}
    if row["status"] == "redeemed":
        used = {"redeemed_at": row["redeemed_at"], "store": row["redeemed_store"], "clerk": row.get("redeemed_clerk")}
        return AlreadyRedeemed(**used, **named)
    held_until = row["held_until"]
    refusal = coupon_conditions.state_refusal(
        status=row["status"],
        usable_from=row["usable_from"],
        expires_at=row["expires_at"],
        held_elsewhere=held_until is not None and held_until > now and row["held_visit_id"] != visit_id,
        now=now,
    )
    return refusal and type(refusal)(**refusal.data, **named)
