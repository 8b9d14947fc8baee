"""The usual bill in three round trips, for an answer without a session: looked at, written, its answer kept with the commit.

Usual: something is paid for, no points, an order told for the first time, a purchase that is usual itself
(services/purchase_at_once.py), and nothing refused. Every other bill is left to services/checkouts.py: these are its statements.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.actor import Actor
from app.models.types import new_public_id
from app.plain_statements import Plain
from app.services import (
    audit,
    badges,
    checkout_bills,
    checkout_coupons,
    checkout_lists,
    checkout_prices,
    checkouts,
    purchase_at_once,
    purchases_bills,
    staff_limits,
    visits,
)
from app.services.checkout_bills import RungUp
from app.services.checkout_lists import ToldCheckout
from app.services.clerks import Clerk
from app.services.visits import UsedVisit


class Usual:
    """One bill: `looks`, then `writes` what was judged by their rows, then `settled` by the rows of that.

    The visit's account must be held (visits.lock_for) and the transaction undone wherever one of them gives None or
    raises; its last statement keeps the answer.
    """

    def __init__(
        self,
        visit_public_id: uuid.UUID,
        rung_up: RungUp,
        coupon_ids: Sequence[uuid.UUID],
        *,
        member_id: int,
        clerk: Clerk,
        now: datetime,
    ) -> None:
        self._visit_public_id, self._rung_up, self._coupon_ids = visit_public_id, rung_up, coupon_ids
        self._member_id, self._clerk, self._now = member_id, clerk, now
        self._public_id = new_public_id()
        self._asked: dict[str, int] = {}
        self._uses = 0

    def looks(self) -> tuple[Plain, ...]:
        """Use the visit, and ask for everything that decides."""
        member_id, store_id = self._member_id, self._clerk.store_id
        return (
            visits.using(self._visit_public_id, staff=self._clerk, now=self._now),
            *checkout_bills.looks(self._rung_up, member_id=member_id, store_id=store_id),
            purchase_at_once.look({"member_id": member_id, "store_id": store_id, "occurred_at": self._now}),
            *checkout_coupons.looks(member_id, self._coupon_ids),
        )

    def writes(self, found: Sequence[Sequence[Any]], *, actor: Actor) -> tuple[Plain, ...] | None:
        """Everything the bill changes, and what is told of it; None for a bill that is not usual. Raises what `settle` raises."""
        used, facts, programmes, bought, *coupons = found
        if not used or not programmes or used[0].member_id != self._member_id:
            return None
        visit, programme, now = UsedVisit(*used[0]), programmes[0], self._now
        judged = checkout_bills.judge(self._rung_up, facts, programme, store_id=visit.store_id, now=now)
        laid = checkout_coupons.chosen(coupons, self._coupon_ids, visit_id=visit.id, now=now)
        plan = checkout_coupons.apply(laid, judged)
        priced = checkout_prices.price(plan, [one.terms for one in laid], judged, points=0)
        discount_fen = self._rung_up.bill_fen - priced.payable_fen
        values = purchases_bills.values_of(
            visit.member_id,
            store_id=visit.store_id,
            channel=checkout_bills.channel_of(visit.store_id),
            order_no=self._rung_up.order_no,
            bill_fen=self._rung_up.bill_fen,
            discount_fen=discount_fen,
            at=now.astimezone(UTC),
        )
        lines = purchases_bills.number_lines(checkout_prices.paid_lines(priced), paid_fen=priced.payable_fen)
        usual = purchase_at_once.judge(bought, values, lines, now=now)
        if judged.order_is_known or usual is None or usual.reaches_a_rung or usual.is_automated:
            return None
        names = {"public_id": self._public_id, "purchase_public_id": values["public_id"]}
        self._asked, self._uses = staff_limits.counted(checkouts.counted(priced)), len(laid)
        return (
            staff_limits.taking(self._clerk.id, self._asked, programme=programme, now=now),
            checkouts.using(visit, laid, now=now),
            usual.plain,
            checkouts.settling(
                visit, self._rung_up, priced, names, undo_minutes=programme.undo_window_minutes, now=now
            ),
            audit.recording_checkout(
                "checkout.create",
                actor=actor,
                public_id=self._public_id,
                details=checkouts.details_of(self._rung_up, priced),
                now=now,
            ),
            checkout_lists.telling(self._public_id),
            *self._awarding(usual),
        )

    def settled(self, written: Sequence[Sequence[Any]]) -> ToldCheckout | None:
        """The bill as it is told; None when not everything could be written."""
        # A purchase that was not written breaks ck_checkout_bill_has_purchase before anything comes back.
        taken, used, _, _, _, told, *_ = written
        if not staff_limits.is_taken(self._asked, taken) or len(used) < self._uses:
            return None
        return checkout_lists.told(told)

    def _awarding(self, usual: purchase_at_once.Usual) -> tuple[Plain, ...]:
        if not usual.badges_ahead:
            return ()
        facts, calendar = purchases_bills.BADGE_FACTS, usual.calendar
        return (badges.awarding(self._member_id, facts=facts, now=self._now, calendar=calendar),)
