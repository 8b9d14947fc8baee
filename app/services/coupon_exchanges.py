"""The exchange shop: points for a coupon in one transaction, and both undone in one. docs/domain/exchange.md"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import BatchNotOpen, CouponExpired, CouponHeld, CouponNotUsable, NotFound, PriceChanged, SelfService
from app.extensions import db
from app.models import Coupon, CouponExchange, CouponTemplate, Member, PointsEntry
from app.paging import Page, cut
from app.services import audit, coupons, points, staff, wallet
from app.services.wallet import HeldCoupon
from app.statements import coupon_exchanges as statements


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What an exchange brought; `is_new` False when the same key had brought it before."""

    exchange: CouponExchange
    coupon: HeldCoupon
    spendable: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the console's list."""

    exchange: CouponExchange
    coupon: Coupon
    coupon_name: str
    member: Member


def exchange(member_id: int, *, batch_public_id: uuid.UUID, points_price: int, key: str, now: datetime) -> Receipt:
    """Take a copy for points. `points_price` is what the member was shown; `key` names the intention, its repeat changes nothing.

    Raises NotFound, BatchNotOpen, PriceChanged, InsufficientPoints, and what claiming raises; then nothing has happened once
    the caller rolls back.
    """
    batch = db.session.execute(statements.PRICE, {"batch": batch_public_id}).one_or_none()
    if batch is None:
        raise NotFound(kind="coupon_batch")
    if batch.how != "exchange":
        raise BatchNotOpen(how=batch.how)
    source = f"exchange:{batch.id}:{key}"
    points.lock_account(member_id)
    known = _find(member_id, source)
    if known is not None:
        return _receipt(known, is_new=False, now=now)
    if batch.points_price != points_price:
        raise PriceChanged(points_price=batch.points_price, told=points_price)
    # The bucket before the lots: the order of locks everywhere.
    coupon = coupons.give(member_id, batch=batch_public_id, ways=["exchange"], source=source, now=now)
    spent = points.spend(member_id, amount=points_price, source=source, now=now)
    made = CouponExchange(
        member_id=member_id,
        coupon_id=coupon.id,
        paid_by_id=member_id,
        entry_id=spent.entry_id,
        points=points_price,
        state="done",
        exchanged_at=now,
    )
    db.session.add(made)
    db.session.flush()  # its unique keys must refuse here
    return _receipt(made, is_new=True, now=now)


def take_back(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> CouponExchange:
    """Return an exchange: the unused coupon is revoked, the points come back with the expiry they had. A repeat changes nothing.

    Raises NotFound, SelfService, CouponNotUsable (used, revoked, passed on), CouponExpired, CouponHeld (at a counter now).
    """
    made = _lock(public_id)
    if actor.id is not None and staff.is_own_membership(actor.id, made.member_id):
        raise SelfService
    if made.state == "returned":
        return made
    values = {"member_id": made.member_id, "coupon_id": made.coupon_id, "now": now}
    if db.session.scalar(statements.REVOKE, values) is None:
        raise _why_not(made, now=now)
    entry = db.session.get_one(PointsEntry, (made.paid_by_id, made.entry_id))
    points.reverse(made.member_id, source=entry.source, reversal_source=f"exchange_return:{made.id}", now=now)
    made.state, made.returned_at, made.returned_by_id, made.return_reason = "returned", now, actor.id, reason
    audit.record(
        "coupon_exchange.return",
        actor=actor,
        object_kind="coupon_exchange",
        object_id=made.id,
        details={"member_id": made.member_id, "coupon_id": made.coupon_id, "points": made.points, "reason": reason},
        now=now,
    )
    db.session.flush()  # a constraint must refuse here
    return made


def list_exchanges(*, after: tuple[int] | None, limit: int, member_public_id: uuid.UUID | None = None) -> Page[Told]:
    """Newest first, of one member or of all; `after` is the id of the last row seen."""
    query = (
        select(CouponExchange, Coupon, CouponTemplate.name, Member)
        .join(Coupon, (Coupon.member_id == CouponExchange.member_id) & (Coupon.id == CouponExchange.coupon_id))
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .join(Member, Member.id == CouponExchange.member_id)
        .order_by(CouponExchange.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(CouponExchange.id < after[0])
    if member_public_id is not None:
        query = query.where(Member.public_id == member_public_id)
    rows = [Told(*row) for row in db.session.execute(query.execution_options(populate_existing=True))]
    return cut(rows, limit, lambda row: (row.exchange.id,))


def tell(made: CouponExchange) -> Told:
    """One exchange as the console's list has it."""
    coupon = db.session.get_one(Coupon, (made.member_id, made.coupon_id), populate_existing=True)
    name = db.session.get_one(CouponTemplate, coupon.template_id).name
    return Told(made, coupon, name, db.session.get_one(Member, made.member_id))


def _find(member_id: int, source: str) -> CouponExchange | None:
    """By the coupon: it follows a merge, the entry does not."""
    return db.session.scalar(
        select(CouponExchange)
        .join(Coupon, (Coupon.member_id == CouponExchange.member_id) & (Coupon.id == CouponExchange.coupon_id))
        .where(Coupon.member_id == member_id, Coupon.source == source)
    )


def _receipt(made: CouponExchange, *, is_new: bool, now: datetime) -> Receipt:
    public_id = db.session.scalar(
        select(Coupon.public_id).where(Coupon.member_id == made.member_id, Coupon.id == made.coupon_id)
    )
    assert public_id is not None  # noqa: S101 for the type: the foreign key holds it
    return Receipt(
        exchange=made,
        coupon=wallet.get(made.member_id, public_id=public_id, now=now),
        spendable=points.spendable(made.member_id, now=now),
        is_new=is_new,
    )


def _lock(public_id: uuid.UUID) -> CouponExchange:
    """Hold the owner's account, then the exchange, as they are now. Raises NotFound."""
    owner_id = db.session.scalar(statements.OWNER, {"public_id": public_id})
    if owner_id is None:
        raise NotFound(kind="coupon_exchange")
    points.lock_account(owner_id)
    made = db.session.scalars(
        select(CouponExchange)
        .where(CouponExchange.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if made.member_id != owner_id:
        # Merged while we waited: the account to hold is the kept one's.
        points.lock_account(made.member_id)
    return made


def _why_not(made: CouponExchange, *, now: datetime) -> CouponNotUsable | CouponExpired | CouponHeld:
    coupon = db.session.get_one(Coupon, (made.member_id, made.coupon_id), populate_existing=True)
    if coupon.status == "active" and coupon.expires_at <= now:
        return CouponExpired(expires_at=coupon.expires_at)
    if coupon.status == "active" and coupon.used == 0:
        return CouponHeld()
    return CouponNotUsable(status=coupon.status)
