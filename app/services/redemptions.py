"""One coupon on one bill: the short form of a checkout, and uses of coupons as the counter lists them (I5, I13)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from app import clock
from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.models import Checkout, Coupon, CouponTemplate, Member, Purchase, Redemption, Staff, Store
from app.paging import Page, cut
from app.services import checkouts, programmes
from app.services.checkout_bills import RungUp


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
    """Settle a bill (fen, before anything is taken off) with one coupon. Raises what `checkouts.settle` raises."""
    checkout = checkouts.settle(
        visit_public_id,
        RungUp(bill_fen=bill_fen, order_no=order_no),
        coupon_ids=[coupon_public_id],
        actor=actor,
        now=now,
    )
    return _first_of(checkout)


def reverse(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Redemption:
    """Undo the whole bill a redemption was part of; returns the redemption. Raises what `checkouts.reverse` raises."""
    checkouts.reverse(public_id, reason=reason, actor=actor, now=now)
    query = select(Redemption).where(Redemption.public_id == public_id).execution_options(populate_existing=True)
    redemption = db.session.scalar(query)
    if redemption is None:
        # A whole bill was named: this door is for redemptions.
        raise NotFound(kind="checkout")
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


def _first_of(checkout: Checkout) -> Redemption:
    query = select(Redemption).where(Redemption.checkout_id == checkout.id).order_by(Redemption.seq)
    return db.session.scalars(query.limit(1).execution_options(populate_existing=True)).one()


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
