"""Using a coupon at the counter and undoing it: one transaction each, with purchase, points and growth (I5, I13)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select

from app import clock
from app.actor import Actor
from app.errors import (
    AlreadyRedeemed,
    AlreadyReversed,
    Conflict,
    NotAllowed,
    NotFound,
    OrderNumberReused,
    UndoWindowPassed,
)
from app.extensions import db
from app.models import Checkout, Coupon, CouponTemplate, Member, Purchase, Redemption, Staff, Store
from app.paging import Page, cut
from app.rules import coupon_conditions, coupon_terms
from app.rules.coupon_conditions import Bill
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.services import audit, programmes, purchases, tiers, visits
from app.services.visits import UsedVisit
from app.statements import redeem as statements


@dataclass(frozen=True)
class Clerk:
    """A person of the staff at the counter of a store."""

    id: int
    store_id: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """A redemption with what a clerk needs to see of it."""

    redemption: Redemption
    checkout: Checkout
    coupon_public_id: uuid.UUID
    coupon_name: str
    # active, or expired when its time passed before the undo.
    coupon_status: str
    store_name: str
    staff_name: str
    member_nickname: str
    phone_masked: str | None
    order_no: str | None


def redeem(
    *,
    visit_public_id: uuid.UUID,
    coupon_public_id: uuid.UUID,
    bill_fen: int,
    order_no: str | None,
    actor: Actor,
    now: datetime,
) -> Redemption:
    """Use a coupon on a bill (fen, before the discount); uses up the visit, records the purchase and what it earns.

    Raises VisitEnded, NotFound (also for another member's coupon), AlreadyRedeemed, CouponExpired, CouponNotStarted,
    CouponNotUsable, WrongStore, MinimumSpendNotMet, OrderNumberReused. A refusal undoes everything, the visit included.
    """
    clerk = _at_counter(actor)
    # Holds the member's account from here on.
    visit = visits.use(visit_public_id, staff=clerk, now=now)
    wanted = {"member_id": visit.member_id, "coupon": coupon_public_id, "visit_id": visit.id, "now": now}
    terms = _look(wanted, visit, bill_fen=bill_fen, now=now)
    coupon = db.session.execute(statements.USE_COUPON, wanted).one_or_none()
    if coupon is None:
        raise Conflict(kind="coupon")
    purchase = _record_purchase(visit, order_no=order_no, bill_fen=bill_fen, discount_fen=terms.value_fen, now=now)
    checkout = Checkout(
        visit_id=visit.id,
        purchase_id=purchase.id,
        store_id=clerk.store_id,
        staff_id=clerk.id,
        bill_fen=bill_fen,
        coupon_fen=terms.value_fen,
        settled_at=now,
        undo_until=now + timedelta(minutes=programmes.get().undo_window_minutes),
    )
    db.session.add(checkout)
    # Its redemption names it.
    db.session.flush()
    redemption = Redemption(
        checkout_id=checkout.id,
        member_id=visit.member_id,
        coupon_id=coupon.id,
        use_no=coupon.use_no,
        store_id=clerk.store_id,
        staff_id=clerk.id,
        discount_fen=terms.value_fen,
        cost_fen=terms.value_fen,
        redeemed_at=now,
    )
    db.session.add(redemption)
    # The audit row names it; and a broken constraint must show here, not at the edge.
    db.session.flush()
    audit.record(
        "redemption.create",
        actor=actor,
        object_kind="redemption",
        object_id=redemption.id,
        details={"coupon_id": coupon.id, "bill_fen": bill_fen, "discount_fen": terms.value_fen},
        now=now,
    )
    return redemption


def reverse(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Redemption:
    """Undo a redemption of this store: the coupon comes back, the purchase is refunded with its points and growth.

    The clerk who redeemed may until `undo_until`, a manager of the store at any time. Raises NotFound (also for another
    store's), AlreadyReversed, NotAllowed (a colleague's), UndoWindowPassed.
    """
    clerk = _at_counter(actor)
    found = db.session.execute(statements.LOCK_CHECKOUT, {"named": public_id, "store_id": clerk.store_id}).one_or_none()
    if found is None:
        raise NotFound(kind="redemption")
    any_time = actor.role == "manager"
    undone = db.session.execute(
        statements.REVERSE,
        {"id": found.id, "staff_id": clerk.id, "any_time": any_time, "reason": reason, "now": now},
    ).one_or_none()
    checkout = db.session.get_one(Checkout, found.id, populate_existing=True)
    if undone is None:
        _refuse_undo(checkout, staff_id=clerk.id)
    if undone is None or undone.returned != undone.restored:
        raise Conflict(kind="redemption")
    # Voided, not refunded: the bill is usually rung up again at once, with the same number.
    if checkout.purchase_id is not None:
        purchases.void(checkout.purchase_id, now=now)
    redemption = db.session.execute(
        select(Redemption).where(Redemption.checkout_id == checkout.id).execution_options(populate_existing=True)
    ).scalar_one()
    audit.record(
        "checkout.reverse",
        actor=actor,
        object_kind="checkout",
        object_id=checkout.id,
        details={"reason": reason, "any_time": any_time},
        now=now,
    )
    return redemption


def tell(redemption_id: int) -> Told:
    """A redemption as the counter shows it."""
    return _told(db.session.execute(_selection().where(Redemption.id == redemption_id)).one())


def list_of_day(store_id: int, *, on: date, after: tuple[datetime, int] | None, limit: int) -> Page[Told]:
    """A store's redemptions of a business date, newest first; `after` is (redeemed_at, id) of the last row seen."""
    programme = programmes.get()
    starts_at, ends_at = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    query = (
        _selection()
        .where(Redemption.store_id == store_id, Redemption.redeemed_at >= starts_at, Redemption.redeemed_at < ends_at)
        .order_by(Redemption.redeemed_at.desc(), Redemption.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, last_id = after
        earlier = and_(Redemption.redeemed_at == at, Redemption.id < last_id)
        query = query.where(or_(Redemption.redeemed_at < at, earlier))
    rows = [_told(row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda told: (told.redemption.redeemed_at, told.redemption.id))


def _at_counter(actor: Actor) -> Clerk:
    if actor.kind != "staff" or actor.id is None or actor.store_id is None:
        raise NotAllowed(reason="no_store")
    return Clerk(actor.id, actor.store_id)


def _record_purchase(
    visit: UsedVisit, *, order_no: str | None, bill_fen: int, discount_fen: int, now: datetime
) -> Purchase:
    purchase = purchases.record(
        visit.member_id,
        store_id=visit.store_id,
        channel=f"store:{visit.store_id}",
        order_no=order_no,
        bill_fen=bill_fen,
        discount_fen=discount_fen,
        now=now,
    )
    # An order of the same amounts comes back as the first one: it was paid with another coupon already.
    if db.session.scalar(select(Checkout.id).where(Checkout.purchase_id == purchase.id)) is not None:
        raise OrderNumberReused(order_no=order_no)
    return purchase


def _look(wanted: dict[str, Any], visit: UsedVisit, *, bill_fen: int, now: datetime) -> Terms:
    """The coupon's terms, unless something refuses."""
    found = db.session.execute(statements.LOOK, wanted).mappings().one_or_none()
    if found is None:
        raise NotFound(kind="coupon")
    if found["status"] == "redeemed":
        raise AlreadyRedeemed(redeemed_at=found["redeemed_at"], store=found["store"])
    held_until = found["held_until"]
    why = coupon_conditions.state_refusal(
        status=found["status"],
        usable_from=found["usable_from"],
        expires_at=found["expires_at"],
        held_elsewhere=held_until is not None and held_until > now and found["held_visit_id"] != visit.id,
        now=now,
    )
    terms = coupon_terms.read(found["terms"])
    why = why or coupon_conditions.why_not(terms, _bill(visit, bill_fen=bill_fen, now=now))
    if why is not None:
        raise why
    return terms


def _bill(visit: UsedVisit, *, bill_fen: int, now: datetime) -> Bill:
    programme = programmes.get()
    return Bill(
        on=programmes.business_date(now),
        hour=now.astimezone(ZoneInfo(programme.zone)).hour,
        store_code=db.session.scalar(select(Store.code).where(Store.id == visit.store_id)),
        channel=f"store:{visit.store_id}",
        tier_code=tiers.standing(visit.member_id, now=now).tier.code,
        is_first_purchase=purchases.nth(visit.member_id) == 1,
        lines=(Line(line_no=1, amount_fen=bill_fen),),
    )


def _refuse_undo(checkout: Checkout, *, staff_id: int) -> None:
    if checkout.reversed_at is not None:
        raise AlreadyReversed(kind="redemption", reversed_at=checkout.reversed_at)
    if checkout.staff_id != staff_id:
        raise NotAllowed(reason="redeemed_by_a_colleague")
    raise UndoWindowPassed(undo_until=checkout.undo_until)


def _selection() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Redemption,
            Checkout,
            Coupon.public_id.label("coupon_public_id"),
            Coupon.status.label("coupon_status"),
            CouponTemplate.name.label("coupon_name"),
            Store.name.label("store_name"),
            Staff.display_name.label("staff_name"),
            Member.nickname.label("member_nickname"),
            Member.phone_masked,
            Purchase.order_no,
        )
        .join(Checkout, Checkout.id == Redemption.checkout_id)
        .join(Coupon, and_(Coupon.member_id == Redemption.member_id, Coupon.id == Redemption.coupon_id))
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .join(Store, Store.id == Redemption.store_id)
        .join(Staff, Staff.id == Redemption.staff_id)
        .join(Member, Member.id == Redemption.member_id)
        .outerjoin(Purchase, Purchase.id == Checkout.purchase_id)
    )


def _told(row: Any) -> Told:
    values = dict(row._mapping)
    return Told(redemption=values.pop("Redemption"), checkout=values.pop("Checkout"), **values)
