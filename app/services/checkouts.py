"""Settling a bill at the counter and undoing it: coupons, the tier's discount, points, purchase and growth in one transaction."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

from app.actor import Actor
from app.errors import (
    AlreadyReversed,
    Conflict,
    NotAllowed,
    NotFound,
    NothingToSettle,
    OrderNumberReused,
    UndoWindowPassed,
)
from app.extensions import db
from app.models import Checkout, Purchase
from app.models.types import new_public_id
from app.plain_statements import Plain, fetch_all, fetch_each, fetch_one
from app.services import (
    audit,
    checkout_bills,
    checkout_coupons,
    checkout_prices,
    clerks,
    coupon_returns,
    points,
    programmes,
    purchases,
    staff_limits,
    visits,
)
from app.services.checkout_bills import RungUp
from app.services.checkout_coupons import Laid
from app.services.checkout_prices import Priced
from app.services.visits import UsedVisit
from app.statements import redeem as statements
from app.stored_rows import known


def settle(
    visit_public_id: uuid.UUID,
    rung_up: RungUp,
    *,
    coupon_ids: Sequence[uuid.UUID],
    pay_points: int = 0,
    actor: Actor,
    now: datetime,
) -> Checkout:
    """Settle a bill with exactly these coupons and points; uses up the visit, records the purchase and what it earns.

    Everything is judged again on what stands under the account's lock: a quote promises coupons, not prices. A refusal undoes
    everything, the visit included. Raises VisitEnded, NotFound (also for another member's coupon), NothingToSettle,
    LinesDoNotAddUp, OrderNumberReused, AlreadyRedeemed, CouponHeld and every refusal of terms and stacking, PointsNotAccepted,
    InsufficientPoints, StaffLimitReached.
    """
    clerk = clerks.at_counter(actor)
    if not rung_up.bill_fen and not coupon_ids:
        raise NothingToSettle
    # Holds the member's account from here on.
    visit = visits.use(visit_public_id, staff=clerk, now=now)
    found, programme, *coupons = fetch_each(
        *checkout_bills.looks(rung_up, member_id=visit.member_id, store_id=visit.store_id),
        *checkout_coupons.looks(visit.member_id, coupon_ids),
    )
    settings = programmes.get_looked(programme)
    judged = checkout_bills.judge(rung_up, found, settings, store_id=visit.store_id, now=now)
    laid = checkout_coupons.chosen(coupons, coupon_ids, visit_id=visit.id, now=now)
    plan = checkout_coupons.apply(laid, judged)
    priced = checkout_prices.price(plan, [one.terms for one in laid], judged, points=pay_points)
    # After the coupons: of a bill sent twice the clerk is told that its coupon was used, when and where.
    if judged.order_is_known:
        raise OrderNumberReused(order_no=rung_up.order_no)
    staff_limits.take(clerk.id, counted(priced), now=now)
    if len(fetch_all(*using(visit, laid, now=now))) < len(laid):
        # They were looked at and locked: somebody wrote past the locks.
        raise Conflict(kind="coupon")
    public_id = new_public_id()
    if priced.points.points:
        points.spend(visit.member_id, amount=priced.points.points, source=source_of(public_id), now=now)
    bought = _record_purchase(visit, rung_up, priced, now=now)
    names = {"public_id": public_id, "purchase_public_id": bought.public_id if bought else None}
    written = fetch_one(*settling(visit, rung_up, priced, names, undo_minutes=settings.undo_window_minutes, now=now))
    checkout = known(Checkout(**written._asdict()))
    audit.record(
        "checkout.create",
        actor=actor,
        object_kind="checkout",
        object_id=checkout.id,
        details=details_of(rung_up, priced),
        now=now,
    )
    return checkout


def reverse(named: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Checkout:
    """Undo a bill of this store, named by its own id or by any redemption's: coupons, points and the clerk's limits come back,
    the purchase is voided with the points and growth it had earned.

    The clerk who settled may until `undo_until`, a manager of the store at any time. Raises NotFound (also for another
    store's), AlreadyReversed, NotAllowed (a colleague's), UndoWindowPassed.
    """
    clerk = clerks.at_counter(actor)
    found = db.session.execute(statements.LOCK_CHECKOUT, {"named": named, "store_id": clerk.store_id}).one_or_none()
    if found is None:
        raise NotFound(kind="checkout")
    # Merged again and again while we waited: whoever stays is held, and no other merge can move the coupons meanwhile.
    member_id = points.lock_kept(found.member_id)
    any_time = actor.role == "manager"
    values = {"id": found.id, "staff_id": clerk.id, "any_time": any_time, "reason": reason, "now": now}
    undone = db.session.execute(statements.REVERSE, {**values, "returned_by": "undo"}).one_or_none()
    checkout = db.session.get_one(Checkout, found.id, populate_existing=True)
    if undone is None:
        _refuse_undo(checkout, staff_id=clerk.id)
    if not undone.returned == undone.restored == undone.live:
        raise Conflict(kind="coupon")
    coupon_returns.give_points_back(
        member_id, checkout_public_id=checkout.public_id, points_spent=checkout.points_spent, now=now
    )
    staff_limits.give_back(
        checkout.staff_id,
        _amounts(int(found.redemptions), checkout.coupon_fen + checkout.tier_fen),
        taken_at=checkout.settled_at,
    )
    # Voided, not refunded: the bill is usually rung up again at once, with the same number.
    if checkout.purchase_id is not None:
        purchases.void(checkout.purchase_id, now=now)
    audit.record(
        "checkout.reverse",
        actor=actor,
        object_kind="checkout",
        object_id=checkout.id,
        details={"reason": reason, "any_time": any_time},
        now=now,
    )
    return checkout


def source_of(checkout_public_id: uuid.UUID) -> str:
    """What points paid at a checkout are booked under."""
    return coupon_returns.source_of(checkout_public_id)


def counted(priced: Priced) -> dict[str, int]:
    """What a bill counts for on its clerk's limits."""
    return _amounts(len(priced.plan.applied), priced.coupon_fen + priced.tier_fen)


def using(visit: UsedVisit, laid: Sequence[Laid], *, now: datetime) -> Plain:
    """The statement that uses each coupon once; a row for each that could be."""
    ids = [one.id for one in laid]
    return statements.USE_COUPONS, {"member_id": visit.member_id, "visit_id": visit.id, "ids": ids, "now": now}


def details_of(rung_up: RungUp, priced: Priced) -> dict[str, Any]:
    """What the audit keeps of a bill."""
    return {
        "coupon_ids": [one.key for one in priced.plan.applied],
        "bill_fen": rung_up.bill_fen,
        "coupon_fen": priced.coupon_fen,
        "tier_fen": priced.tier_fen,
        "points_fen": priced.points.fen,
    }


def _amounts(coupons: int, discount_fen: int) -> dict[str, int]:
    return {"coupons_redeemed": coupons, "discount_fen": discount_fen}


def _record_purchase(visit: UsedVisit, rung_up: RungUp, priced: Priced, *, now: datetime) -> Purchase | None:
    """The bill as it is paid, line by line; nothing paid for is no purchase."""
    if not rung_up.bill_fen:
        return None
    return purchases.record(
        visit.member_id,
        store_id=visit.store_id,
        channel=checkout_bills.channel_of(visit.store_id),
        order_no=rung_up.order_no,
        bill_fen=rung_up.bill_fen,
        discount_fen=rung_up.bill_fen - priced.payable_fen,
        lines=checkout_prices.paid_lines(priced),
        now=now,
    )


def settling(
    visit: UsedVisit,
    rung_up: RungUp,
    priced: Priced,
    names: Mapping[str, uuid.UUID | None],
    *,
    undo_minutes: int,
    now: datetime,
) -> Plain:
    """The statement that writes the bill down, with its purchase and its uses of coupons. `names`: the `public_id` it gets, and
    the `purchase_public_id` it had."""
    uses = [
        {
            "seq": seq,
            "public_id": str(new_public_id()),
            "coupon_id": one.key,
            "discount_fen": one.discount_fen,
            "cost_fen": one.cost_fen,
        }
        for seq, one in enumerate(priced.plan.applied, start=1)
    ]
    values: dict[str, Any] = {
        **names,
        "visit_id": visit.id,
        "member_id": visit.member_id,
        "store_id": visit.store_id,
        "staff_id": visit.staff_id,
        "bill_fen": rung_up.bill_fen,
        "coupon_fen": priced.coupon_fen,
        "tier_fen": priced.tier_fen,
        "points_fen": priced.points.fen,
        "points_spent": priced.points.points,
        "undo_until": now + timedelta(minutes=undo_minutes),
        "now": now,
        "uses": json.dumps(uses),
    }
    return statements.SETTLE, values


def _refuse_undo(checkout: Checkout, *, staff_id: int) -> NoReturn:
    if checkout.reversed_at is not None:
        raise AlreadyReversed(kind="checkout", reversed_at=checkout.reversed_at)
    if checkout.staff_id != staff_id:
        raise NotAllowed(reason="redeemed_by_a_colleague")
    raise UndoWindowPassed(undo_until=checkout.undo_until)
