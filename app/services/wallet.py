"""A member's coupons as they and the clerk see them. Reads treat an expired coupon as gone, whatever the tick has done (I14)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, func, or_, select

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.models import Coupon, CouponBatch, CouponTemplate, Redemption, Store
from app.paging import Page, cut
from app.rules.coupon_one_off import Terms
from app.services import programmes

TABS = ("active", "redeemed", "expired")


@dataclass(frozen=True, kw_only=True)
class HeldCoupon:
    """One coupon. `status` is active, redeemed, expired or revoked at the instant asked about; amounts in fen."""

    id: int
    public_id: uuid.UUID
    name: str
    batch_name: str
    status: str
    terms: Terms
    value_fen: int
    min_spend_fen: int
    store_ids: list[int]
    issued_at: datetime
    usable_from: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    redeemed_store: str | None = None
    # Coupons given (not just looked at) in this very call.
    is_new: bool = False


def get(member_id: int, *, public_id: uuid.UUID, now: datetime) -> HeldCoupon:
    """One of the member's coupons. Raises NotFound, also for somebody else's."""
    row = db.session.execute(
        _selection().where(Coupon.member_id == member_id, Coupon.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound(kind="coupon")
    return held(row._asdict(), now=now)


def list_held(
    member_id: int, *, status: str, after: tuple[datetime, int] | None, limit: int, now: datetime
) -> Page[HeldCoupon]:
    """A tab of the wallet: active by nearest expiry, redeemed and expired (with revoked) newest first."""
    column: ColumnElement[datetime]
    column = Coupon.redeemed_at if status == "redeemed" else Coupon.expires_at  # type: ignore[assignment]
    upwards = status == "active"
    query = _selection().where(Coupon.member_id == member_id, _in_tab(status, now)).limit(limit + 1)
    query = query.order_by(column, Coupon.id) if upwards else query.order_by(column.desc(), Coupon.id.desc())
    if after is not None:
        at, last_id = after
        further = column > at if upwards else column < at
        same = Coupon.id > last_id if upwards else Coupon.id < last_id
        query = query.where(or_(further, and_(column == at, same)))
    items = [held(row._asdict(), now=now) for row in db.session.execute(query)]
    return cut(items, limit, lambda c: (c.redeemed_at if status == "redeemed" else c.expires_at, c.id))


def list_usable(member_id: int, *, store_id: int, now: datetime, limit: int = 20) -> list[HeldCoupon]:
    """What the member could use at this store now, nearest expiry first (the bill may still be too small)."""
    query = _selection().where(
        Coupon.member_id == member_id,
        _in_tab("active", now),
        Coupon.usable_from <= now,
        or_(func.cardinality(Coupon.store_ids) == 0, any_(Coupon.store_ids) == store_id),
    )
    rows = db.session.execute(query.order_by(Coupon.expires_at, Coupon.id).limit(limit))
    return [held(row._asdict(), now=now) for row in rows]


def count_by_tab(member_id: int, *, now: datetime) -> dict[str, int]:
    """How many coupons stand in each tab."""
    counts = [func.count().filter(_in_tab(tab, now)).label(tab) for tab in TABS]
    row = db.session.execute(select(*counts).where(Coupon.member_id == member_id)).one()
    return dict(row._mapping)


def held(row: Mapping[str, Any], *, now: datetime) -> HeldCoupon:
    """A coupon from a row with its columns, its template's `name` and its `batch_name`."""
    programme = programmes.get()
    # The last instant it can be used is just before `expires_at`.
    last_day = clock.business_date(
        row["expires_at"] - timedelta(microseconds=1), zone=programme.zone, cut_over_hour=programme.cut_over_hour
    )
    lapsed = row["status"] == "active" and row["expires_at"] <= now
    terms = Terms(
        value_fen=row["value_fen"],
        min_spend_fen=row["min_spend_fen"],
        store_names=store_names(row["store_ids"]),
        last_day=last_day,
    )
    return HeldCoupon(
        **{key: row[key] for key in _COPIED},
        status="expired" if lapsed else row["status"],
        terms=terms,
        redeemed_store=row.get("redeemed_store"),
    )


_COPIED = (
    "id",
    "public_id",
    "name",
    "batch_name",
    "value_fen",
    "min_spend_fen",
    "store_ids",
    "issued_at",
    "usable_from",
    "expires_at",
    "redeemed_at",
)


def store_names(store_ids: list[int]) -> tuple[str, ...]:
    """The names of the stores a coupon is limited to; empty for all stores."""
    if not store_ids:
        return ()
    # Through the session's identity map: a page of coupons asks for the same few stores.
    stores = [db.session.get(Store, store_id) for store_id in sorted(store_ids)]
    return tuple(store.name for store in stores if store is not None)


def _in_tab(status: str, now: datetime) -> ColumnElement[bool]:
    if status == "redeemed":
        return Coupon.status == "redeemed"
    if status == "active":
        return and_(Coupon.status == "active", Coupon.expires_at > now)
    return or_(Coupon.status.in_(("expired", "revoked")), and_(Coupon.status == "active", Coupon.expires_at <= now))


def _selection() -> Select[Any]:
    live = and_(
        Redemption.member_id == Coupon.member_id, Redemption.coupon_id == Coupon.id, Redemption.reversed_at.is_(None)
    )
    return (
        select(
            *(getattr(Coupon, key) for key in _COPIED if key not in ("name", "batch_name")),
            Coupon.status,
            CouponTemplate.name,
            CouponBatch.name.label("batch_name"),
            Store.name.label("redeemed_store"),
        )
        .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
        .join(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .outerjoin(Redemption, live)
        .outerjoin(Store, Store.id == Redemption.store_id)
    )
