"""Payers, and coupons of theirs used at a counter, through the real services."""

import itertools
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import CouponBatch, Payer, Redemption, Staff, Store
from app.services import payers, redemptions
from tests.conftest import NOON
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member

_numbers = itertools.count(1)


def make_payer(*, name: str | None = None, kind: str = "supplier", now: datetime = NOON) -> Payer:
    """Somebody who pays."""
    number = next(_numbers)
    return payers.create(
        code=f"payer-{number}", name=name or f"供应商 {number}", kind=kind, actor=Actor.system(), now=now
    )


def make_paid_batch(payer: Payer, *, share_bp: int, now: datetime = NOON, **terms: Any) -> CouponBatch:
    """A batch of which the payer takes over a share; `terms` as for make_template."""
    return make_batch(
        make_template(now=now, **terms), payer_public_id=payer.public_id, payer_share_bp=share_bp, now=now
    )


def use(
    batch: CouponBatch, *, clerk: Staff, store: Store, now: datetime, given_at: datetime | None = None, **bill: Any
) -> Redemption:
    """Somebody new takes a copy and uses it at once, on a bill of 80 yuan unless told otherwise."""
    member = make_member(now=given_at or now)
    coupon = give_coupon(member, batch=batch, now=given_at or now)
    return redemptions.redeem(
        visit_public_id=open_visit(member, clerk=clerk, store=store, now=now).public_id,
        coupon_public_id=coupon.public_id,
        bill_fen=bill.get("bill_fen", 8_000),
        order_no=None,
        actor=at_counter(clerk, store),
        now=now,
    )


def undo(redemption: Redemption, *, clerk: Staff, store: Store, now: datetime) -> None:
    """A manager takes it back, whenever that is."""
    actor = Actor(kind="staff", id=clerk.id, role="manager", store_id=store.id)
    redemptions.reverse(redemption.public_id, reason="退货", actor=actor, now=now)
