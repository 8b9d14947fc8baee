"""Bills settled at the counter as people see them: one, or a store's day."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from app.extensions import db
from app.models import Checkout, CounterVisit, Coupon, CouponTemplate, Member, Purchase, Redemption, Staff, Store
from app.models.types import plain_columns
from app.paging import Page, cut
from app.plain_statements import Plain, fetch_all
from app.services import counter_days
from app.statements import checkouts as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedCoupon:
    """One coupon of a bill. `coupon_status`: active again, or expired, after it came back."""

    redemption: Redemption
    coupon_public_id: uuid.UUID
    coupon_name: str
    coupon_status: str
    uses: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldCheckout:
    """A bill with what a clerk needs to see of it; coupons in the order they were applied."""

    checkout: Checkout
    store_name: str
    staff_name: str
    staff_public_id: uuid.UUID
    member_nickname: str
    phone_masked: str | None
    order_no: str | None
    coupons: Sequence[UsedCoupon] = ()


def tell(public_id: uuid.UUID) -> ToldCheckout:
    """One bill."""
    db.session.flush()  # the statement goes past the session, and must see what this transaction changed so far
    return told(fetch_all(*telling(public_id)))


def telling(public_id: uuid.UUID) -> Plain:
    """The statement of `tell`; `told` reads its rows."""
    return statements.TELL, {"public_id": public_id}


def told(found: Sequence[Any]) -> ToldCheckout:
    """The bill those rows tell."""
    rows = [row._asdict() for row in found]
    names = ("store_name", "staff_name", "staff_public_id", "member_nickname", "phone_masked", "order_no")
    return ToldCheckout(
        checkout=plain_columns(Checkout, rows[0], prefix="checkout_"),
        coupons=[_used(row) for row in rows if row["redemption_id"] is not None],
        **{name: rows[0][name] for name in names},
    )


def list_of_day(
    store_id: int, *, on: date, after: tuple[datetime, int] | None, limit: int, staff_id: int | None = None
) -> Page[ToldCheckout]:
    """A store's settled bills of a business date, of one person when named, newest first; `after` is (settled_at, id) of the
    last row seen."""
    starts_at, ends_at = counter_days.bounds(on)
    query = (
        _selection()
        .where(Checkout.store_id == store_id, Checkout.settled_at >= starts_at, Checkout.settled_at < ends_at)
        .order_by(Checkout.settled_at.desc(), Checkout.id.desc())
        .limit(limit + 1)
    )
    if staff_id is not None:
        query = query.where(Checkout.staff_id == staff_id)
    if after is not None:
        at, last_id = after
        earlier = and_(Checkout.settled_at == at, Checkout.id < last_id)
        query = query.where(or_(Checkout.settled_at < at, earlier))
    return cut(_tell_all(query), limit, lambda told: (told.checkout.settled_at, told.checkout.id))


def _tell_all(query: Select[Any]) -> list[ToldCheckout]:
    """Two queries for any number of bills."""
    rows = [dict(row) for row in db.session.execute(query.execution_options(populate_existing=True)).mappings()]
    coupons = _coupons_of([row["Checkout"].id for row in rows])
    return [
        ToldCheckout(checkout=row["Checkout"], coupons=coupons.get(row["Checkout"].id, ()), **_names(row))
        for row in rows
    ]


def _names(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "Checkout"}


def _coupons_of(checkout_ids: Sequence[int]) -> dict[int, list[UsedCoupon]]:
    found: dict[int, list[UsedCoupon]] = {}
    query = (
        select(
            Redemption,
            Coupon.public_id.label("coupon_public_id"),
            CouponTemplate.name.label("coupon_name"),
            Coupon.status.label("coupon_status"),
            Coupon.uses,
        )
        .join(Coupon, and_(Coupon.member_id == Redemption.member_id, Coupon.id == Redemption.coupon_id))
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .where(Redemption.checkout_id.in_(checkout_ids))
        .order_by(Redemption.checkout_id, Redemption.seq)
        .execution_options(populate_existing=True)
    )
    for row in db.session.execute(query).mappings():
        one = UsedCoupon(redemption=row["Redemption"], **{key: row[key] for key in row if key != "Redemption"})
        found.setdefault(one.redemption.checkout_id, []).append(one)
    return found


def _used(row: Mapping[str, Any]) -> UsedCoupon:
    names = ("coupon_public_id", "coupon_name", "coupon_status", "uses")
    redemption = plain_columns(Redemption, row, prefix="redemption_")
    return UsedCoupon(redemption=redemption, **{name: row[name] for name in names})


def _selection() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Checkout,
            Store.name.label("store_name"),
            Staff.display_name.label("staff_name"),
            Staff.public_id.label("staff_public_id"),
            Member.nickname.label("member_nickname"),
            Member.phone_masked,
            Purchase.order_no,
        )
        .join(CounterVisit, CounterVisit.id == Checkout.visit_id)
        .join(Store, Store.id == Checkout.store_id)
        .join(Staff, Staff.id == Checkout.staff_id)
        .join(Member, Member.id == CounterVisit.member_id)
        .outerjoin(Purchase, Purchase.id == Checkout.purchase_id)
    )
