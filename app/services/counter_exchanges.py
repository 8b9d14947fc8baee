"""Points for a coupon, asked for at the counter: as in the mini-program, with the visit as the member's word.

docs/domain/exchange.md
"""

import uuid
from datetime import datetime

from app.actor import Actor
from app.paging import Page
from app.services import audit, clerks, coupon_exchanges, coupon_offers, visits
from app.services.coupon_exchanges import Receipt
from app.services.coupon_offers import Offer


def list_offers(
    visit_public_id: uuid.UUID, *, after: tuple[datetime, int] | None, limit: int, actor: Actor, now: datetime
) -> Page[Offer]:
    """What the member of an open visit can have for points. Raises NotFound, VisitEnded."""
    visit = visits.get_open(visit_public_id, staff=clerks.at_counter(actor), now=now)
    return coupon_offers.list_offers(visit.member_id, after=after, limit=limit, now=now, how="exchange")


def exchange(
    visit_public_id: uuid.UUID,
    *,
    batch_public_id: uuid.UUID,
    points_price: int,
    key: str,
    actor: Actor,
    now: datetime,
) -> Receipt:
    """Take a coupon for the member's points; the visit stays open for the bill. A repeat of `key` takes nothing.

    Raises NotFound, VisitEnded, and what `coupon_exchanges.exchange` raises.
    """
    # Holds the account of the member in front of the clerk.
    visit = visits.get_open(visit_public_id, staff=clerks.at_counter(actor), now=now, locked=True)
    receipt = coupon_exchanges.exchange(
        visit.member_id,
        batch_public_id=batch_public_id,
        points_price=points_price,
        key=f"clerk:{actor.id}:{key}",
        now=now,
    )
    if receipt.is_new:
        audit.record(
            "coupon_exchange.counter",
            actor=actor,
            object_kind="coupon_exchange",
            object_id=receipt.exchange.id,
            details={"member_id": visit.member_id, "points": points_price},
            now=now,
        )
    return receipt
