"""Points a partner's till holds for a bill: made with a fresh member code, seen and ended by the same channel only."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.errors import NotFound
from app.extensions import db
from app.services import buyers, points
from app.services.partner_keys import PartnerPrincipal
from app.statements import partners as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldView:
    """A hold as its channel sees it; `points_captured` once it is paid with."""

    public_id: uuid.UUID
    points: int
    state: str
    expires_at: datetime
    points_captured: int | None


def hold(
    member_id: int,
    *,
    code_step: int,
    amount: int,
    key: str,
    expires_at: datetime,
    partner: PartnerPrincipal,
    now: datetime,
) -> HoldView:
    """Hold points of the member whose code was proven, and use the code up. `key` names the intention within the channel.

    Raises MemberCodeUsed, InsufficientPoints, ClockBehind.
    """
    owner_id = buyers.lock(member_id)
    buyers.use_code(owner_id, code_step=code_step, partner=partner, now=now)
    made = points.hold(owner_id, amount=amount, source=_prefix(partner.channel) + key, expires_at=expires_at, now=now)
    return get(made.public_id, partner=partner, now=now)


def capture(public_id: uuid.UUID, *, amount: int | None, partner: PartnerPrincipal, now: datetime) -> HoldView:
    """Spend what was held, or `amount` of it. Raises NotFound, HoldEnded, HoldTooLarge, ClockBehind."""
    get(public_id, partner=partner, now=now)
    points.capture(public_id, source=f"hold:{public_id}", amount=amount, now=now)
    return get(public_id, partner=partner, now=now)


def release(public_id: uuid.UUID, *, partner: PartnerPrincipal, now: datetime) -> HoldView:
    """Give back what was held; a repeat changes nothing. Raises NotFound, HoldEnded once captured."""
    get(public_id, partner=partner, now=now)
    points.release(public_id, now=now)
    return get(public_id, partner=partner, now=now)


def get(public_id: uuid.UUID, *, partner: PartnerPrincipal, now: datetime) -> HoldView:
    """A hold of the partner's channel. Raises NotFound, alike for an unknown hold and another channel's."""
    values = {"public_id": public_id, "prefix": _prefix(partner.channel)}
    db.session.flush()  # what this transaction did to the hold is told
    row = db.session.execute(statements.FIND_HOLD, values).one_or_none()
    if row is None:
        raise NotFound(kind="points_hold")
    # Over for every reader when its time is over, whether or not the tick ran.
    state = "expired" if row.state == "held" and row.expires_at <= now else row.state
    return HoldView(
        public_id=row.public_id,
        points=row.amount,
        state=state,
        expires_at=row.expires_at,
        points_captured=row.captured,
    )


def _prefix(channel: str) -> str:
    return f"hold:{channel}:"
