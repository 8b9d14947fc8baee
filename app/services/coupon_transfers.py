"""A coupon as a gift to a friend: shared as a link, accepted once, taken back until then. docs/domain/coupon-transfers.md

While it is on its way the giver can neither use nor give it again; taking it back is one tap. Sharing is never rewarded.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from app.errors import (
    Conflict,
    CouponExpired,
    CouponHeld,
    CouponNotTransferable,
    CouponNotUsable,
    LoyaltyError,
    NotFound,
    TransferEnded,
    TransferOpen,
    TransferToOneself,
)
from app.extensions import db
from app.models import Coupon, CouponTemplate, CouponTransfer
from app.models.types import new_public_id
from app.paging import Page, cut
from app.services import merges, points, programmes, wallet
from app.services.wallet import HeldCoupon
from app.statements import coupon_transfers as statements

# Long enough for a friend to open the chat, short enough that a forgotten gift is soon usable again.
OFFER_LASTS: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferView:
    """A transfer as one of its two members sees it; `state` is as of the instant asked about."""

    id: int
    public_id: uuid.UUID
    # The asking member's own copy.
    coupon_public_id: uuid.UUID
    coupon_name: str
    is_mine_to_give: bool
    state: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


def offer(member_id: int, *, coupon: uuid.UUID, token_hash: bytes, now: datetime) -> TransferView:
    """Promise an unused coupon to whoever brings the token first.

    Raises NotFound, CouponNotUsable, CouponExpired, CouponNotTransferable, TransferOpen, CouponHeld (at a counter).
    """
    points.lock_account(member_id)
    db.session.flush()  # the statements go past the session
    db.session.execute(statements.END_LAPSED, {"member_id": member_id, "now": now})
    public_id = new_public_id()
    values = {
        "member_id": member_id,
        "coupon": coupon,
        "public_id": public_id,
        "token_hash": token_hash,
        "until": now + OFFER_LASTS,
        "now": now,
    }
    if db.session.execute(statements.OFFER, values).one_or_none() is None:
        raise _why_not_offered(member_id, coupon=coupon, now=now)
    return get(member_id, public_id=public_id, now=now)


def revoke(member_id: int, *, public_id: uuid.UUID, now: datetime) -> TransferView:
    """Take the gift back while nobody has accepted it; a repeat changes nothing. Raises NotFound, TransferEnded."""
    points.lock_account(member_id)
    values = {"member_id": member_id, "transfer": public_id, "now": now}
    ended = db.session.execute(statements.REVOKE, values).one_or_none()
    seen = get(member_id, public_id=public_id, now=now)
    if ended is None and not seen.is_mine_to_give:
        raise NotFound(kind="coupon_transfer")
    if seen.state != "revoked":
        raise TransferEnded(state=seen.state)
    return seen


def accept(member_id: int, *, token_hash: bytes, now: datetime) -> HeldCoupon:
    """Take the gift: of any number of friends the first. The one who has it gets the same coupon again.

    Raises NotFound for an unknown token, TransferToOneself, TransferEnded.
    """
    found = _find(token_hash)
    merges.lock_accounts(*{found.from_member_id, member_id})
    values = {
        "id": found.id,
        "from_member_id": found.from_member_id,
        "member_id": member_id,
        "public_id": new_public_id(),
        "today": programmes.business_date(now),
        "now": now,
    }
    copy = db.session.execute(statements.ACCEPT, values).scalar_one_or_none()
    if copy is not None:
        return wallet.get(member_id, public_id=copy, now=now)
    now_found = _find(token_hash)
    if now_found.state == "accepted" and now_found.to_member_id == member_id != now_found.from_member_id:
        return wallet.get(member_id, public_id=_public_id_of(member_id, now_found.to_coupon_id), now=now)
    raise _why_not_accepted(now_found, member_id=member_id, locked_id=found.from_member_id, now=now)


def expire_due(*, now: datetime, limit: int) -> int:
    """End at most `limit` transfers nobody accepted; readers and the coupons do not wait for it (I14)."""
    return int(db.session.execute(statements.EXPIRE, {"now": now, "limit": limit}).rowcount)  # type: ignore[attr-defined]


def get(member_id: int, *, public_id: uuid.UUID, now: datetime) -> TransferView:
    """A transfer the member gave or accepted. Raises NotFound, also for somebody else's."""
    row = db.session.execute(_selection(member_id).where(CouponTransfer.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(kind="coupon_transfer")
    return _view(row, now=now)


def list_mine(member_id: int, *, after: tuple[int] | None, limit: int, now: datetime) -> Page[TransferView]:
    """What the member gave and accepted, newest first; `after` is the id of the last row seen."""
    query = _selection(member_id).order_by(CouponTransfer.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(CouponTransfer.id < after[0])
    return cut([_view(row, now=now) for row in db.session.execute(query)], limit, lambda seen: (seen.id,))


def _find(token_hash: bytes) -> Any:
    found = db.session.execute(statements.FIND, {"token_hash": token_hash}).one_or_none()
    if found is None:
        raise NotFound(kind="coupon_transfer")
    return found


def _why_not_offered(member_id: int, *, coupon: uuid.UUID, now: datetime) -> LoyaltyError:
    held = wallet.get(member_id, public_id=coupon, now=now)
    promised_until = held.held_until if held.held_until is not None and held.held_until > now else None
    reasons: tuple[tuple[bool, LoyaltyError], ...] = (
        (held.status == "expired", CouponExpired(expires_at=held.expires_at)),
        (held.status != "active", CouponNotUsable(status=held.status)),
        (not held.terms.transferable, CouponNotTransferable(reason="terms")),
        (held.used > 0, CouponNotTransferable(reason="used")),
        (promised_until is not None and held.held_visit_id is None, TransferOpen(expires_at=promised_until)),
        (promised_until is not None, CouponHeld()),
    )
    return next((error for holds, error in reasons if holds), Conflict(kind="coupon"))


def _why_not_accepted(found: Any, *, member_id: int, locked_id: int, now: datetime) -> LoyaltyError:
    if found.from_member_id == member_id:
        return TransferToOneself()
    if found.state != "open":
        return TransferEnded(state=found.state)
    if found.expires_at <= now:
        return TransferEnded(state="expired")
    if found.from_member_id != locked_id:
        # The giver was merged this moment.
        return Conflict(kind="coupon_transfer")
    # The shop took the coupon back.
    return TransferEnded(state="revoked")


def _public_id_of(member_id: int, coupon_id: int) -> uuid.UUID:
    return db.session.scalars(
        select(Coupon.public_id).where(Coupon.member_id == member_id, Coupon.id == coupon_id)
    ).one()


def _selection(member_id: int) -> Select[*tuple[Any, ...]]:
    """The copy told is the asking member's; who merged with their friend sees the one they have now."""
    given, received = aliased(Coupon), aliased(Coupon)
    is_given = CouponTransfer.from_member_id == member_id
    return (
        select(
            CouponTransfer,
            is_given.label("is_given"),
            given.public_id.label("given_public_id"),
            received.public_id.label("received_public_id"),
            CouponTemplate.name,
        )
        .join(given, and_(given.member_id == CouponTransfer.from_member_id, given.id == CouponTransfer.from_coupon_id))
        .outerjoin(
            received,
            and_(received.member_id == CouponTransfer.to_member_id, received.id == CouponTransfer.to_coupon_id),
        )
        .join(CouponTemplate, CouponTemplate.id == given.template_id)
        .where(or_(is_given, CouponTransfer.to_member_id == member_id))
        .execution_options(populate_existing=True)
    )


def _view(row: Any, *, now: datetime) -> TransferView:
    transfer: CouponTransfer = row.CouponTransfer
    lapsed = transfer.state == "open" and transfer.expires_at <= now
    return TransferView(
        id=transfer.id,
        public_id=transfer.public_id,
        coupon_public_id=row.given_public_id if row.is_given else row.received_public_id,
        coupon_name=row.name,
        is_mine_to_give=row.is_given,
        state="expired" if lapsed else transfer.state,
        created_at=transfer.created_at,
        expires_at=transfer.expires_at,
        ended_at=transfer.expires_at if lapsed else transfer.ended_at,
    )
