"""A member's coupons as they and the clerk see them. Reads treat an expired coupon as gone, whatever the tick has done (I14)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.errors import NotFound
from app.extensions import db
from app.models import Coupon, CouponBatch, CouponTemplate, Redemption, Store
from app.paging import Page, cut
from app.plain_statements import Plain
from app.rules import coupon_terms
from app.rules.coupon_terms import Terms
from app.rules.earning_words import Words
from app.services import calendars, coupon_templates
from app.services.calendars import Calendar
from app.services.coupon_templates import Names
from app.statements import wallet as statements

TABS: Final = ("active", "redeemed", "expired")
# A wallet that holds more than this at once is shown in part at the counter, nearest expiry first.
MOST_AT_COUNTER: Final = 20


@dataclass(frozen=True, kw_only=True)
class HeldCoupon:
    """One coupon. `status` is as of the instant asked about: active, redeemed, expired, revoked or given; fen are of one use."""

    id: int
    public_id: uuid.UUID
    name: str
    batch_name: str
    status: str
    terms: Terms
    # The last business date it can be used on.
    last_day: date
    value_fen: int
    uses: int
    used: int
    issued_at: datetime
    usable_from: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    held_visit_id: int | None
    held_until: datetime | None
    redeemed_store: str | None = None
    names: Names = field(default_factory=Names)
    # Coupons given (not just looked at) in this very call.
    is_new: bool = False


def get(member_id: int, *, public_id: uuid.UUID, now: datetime) -> HeldCoupon:
    """One of the member's coupons. Raises NotFound, also for somebody else's."""
    row = db.session.execute(
        _selection().where(Coupon.member_id == member_id, Coupon.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound(kind="coupon")
    return held(row._mapping, now=now)


def list_held(
    member_id: int, *, status: str, after: tuple[datetime, int] | None, limit: int, now: datetime
) -> Page[HeldCoupon]:
    """A tab of the wallet: active by nearest expiry, redeemed and expired (with revoked and given) newest first."""
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
    items = _named([_held(row._mapping, now=now) for row in db.session.execute(query)])
    return cut(items, limit, lambda c: (c.redeemed_at if status == "redeemed" else c.expires_at, c.id))


def list_usable(member_id: int, *, store_code: str, now: datetime, limit: int = MOST_AT_COUNTER) -> list[HeldCoupon]:
    """What the member could use at this store now, nearest expiry first; whether a bill will do is another question."""
    query = _selection().where(
        Coupon.member_id == member_id, _in_tab("active", now), Coupon.usable_from <= now, _is_for(store_code)
    )
    rows = db.session.execute(query.order_by(Coupon.expires_at, Coupon.id).limit(limit))
    return _named([_held(row._mapping, now=now) for row in rows])


def counter_look(member_id: int, *, store_id: int, now: datetime, limit: int = MOST_AT_COUNTER) -> Plain:
    """The statement that asks for what `list_usable` lists, followed by what is for other stores or not to be used yet: a clerk
    is asked about those too. `held_all` reads its rows."""
    return statements.AT_COUNTER, {"member_id": member_id, "store_id": store_id, "now": now, "limit": limit}


def count_by_tab(member_id: int, *, now: datetime) -> dict[str, int]:
    """How many coupons stand in each tab."""
    counts = [func.count().filter(_in_tab(tab, now)).label(tab) for tab in TABS]
    row = db.session.execute(select(*counts).where(Coupon.member_id == member_id)).one()
    return dict(row._mapping)


def held(row: Mapping[Any, Any], *, now: datetime, calendar: Calendar | None = None) -> HeldCoupon:
    """A coupon from a row with its columns, its template's `name` and `terms` (as JSON or its text) and its `batch_name`."""
    return held_all([row], now=now, calendar=calendar)[0]


def held_all(rows: Sequence[Mapping[Any, Any]], *, now: datetime, calendar: Calendar | None = None) -> list[HeldCoupon]:
    """As `held`, for several. Rows that come with `names` (statements/wallet.NAMES) need no look for them."""
    coupons = [_held(row, now=now, calendar=calendar) for row in rows]
    return coupons if rows and "names" in rows[0] else _named(coupons)


def _held(row: Mapping[Any, Any], *, now: datetime, calendar: Calendar | None = None) -> HeldCoupon:
    calendar = calendar or calendars.fresh()
    # The last instant it can be used is just before `expires_at`.
    last_day = calendar.date_of(row["expires_at"] - timedelta(microseconds=1))
    terms = row["terms"]
    lapsed = row["status"] == "active" and row["expires_at"] <= now
    return HeldCoupon(
        **{key: row[key] for key in (*_COLUMNS, "name", "batch_name")},
        status="expired" if lapsed else row["status"],
        terms=coupon_terms.read_text(terms) if isinstance(terms, str) else coupon_terms.read(terms),
        last_day=last_day,
        redeemed_store=row.get("redeemed_store"),
        names=_read_names(row.get("names")),
    )


def _read_names(found: Mapping[str, Any] | None) -> Names:
    kinds = ((found or {}).get(kind) or {} for kind in ("stores", "tiers"))
    stores, tiers = ({code: Words(zh, en) for code, (zh, en) in named.items()} for named in kinds)
    return Names(stores=stores, tiers=tiers)


def _named(coupons: Sequence[HeldCoupon]) -> list[HeldCoupon]:
    names = coupon_templates.names_of(coupon.terms for coupon in coupons)
    return [replace(coupon, names=_own(names, coupon.terms)) for coupon in coupons]


def _own(names: Names, terms: Terms) -> Names:
    stores, tiers = (
        {code: named[code] for code in codes if code in named}
        for named, codes in ((names.stores, terms.stores), (names.tiers, terms.tiers))
    )
    return Names(stores=stores, tiers=tiers)


_COLUMNS: Final = (
    "id",
    "public_id",
    "value_fen",
    "uses",
    "used",
    "issued_at",
    "usable_from",
    "expires_at",
    "redeemed_at",
    "held_visit_id",
    "held_until",
)


def _is_for(store_code: str) -> ColumnElement[bool]:
    stores = CouponTemplate.terms["stores"]
    return or_(stores.is_(None), stores.contains([store_code]))


def _in_tab(status: str, now: datetime) -> ColumnElement[bool]:
    if status == "redeemed":
        return Coupon.status == "redeemed"
    if status == "active":
        return and_(Coupon.status == "active", Coupon.expires_at > now)
    over = Coupon.status.in_(("expired", "revoked", "given"))
    return or_(over, and_(Coupon.status == "active", Coupon.expires_at <= now))


def _selection() -> Select[Any]:
    # Where its last use was.
    store = (
        select(Store.name)
        .join(Redemption, Redemption.store_id == Store.id)
        .where(
            Redemption.member_id == Coupon.member_id,
            Redemption.coupon_id == Coupon.id,
            Redemption.reversed_at.is_(None),
        )
        .order_by(Redemption.use_no.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *(getattr(Coupon, key) for key in _COLUMNS),
            Coupon.status,
            CouponTemplate.name,
            CouponTemplate.terms,
            CouponBatch.name.label("batch_name"),
            store.label("redeemed_store"),
        )
        .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
    )
