"""A member as the counter shows them: masked card and coupons; of an open visit, or just looked up."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.actor import Actor
from app.services import clerks, members, stores, visits, wallet
from app.services.visits import MemberCard, OpenVisit
from app.services.wallet import HeldCoupon


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """`visit` is None for a member who was only looked up: nothing can be used then."""

    visit: OpenVisit | None
    card: MemberCard
    coupons: list[HeldCoupon]


def of_visit(visit_public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Panel:
    """Whom a visit of this clerk's brought. Raises NotFound, VisitEnded."""
    visit = visits.get_open(visit_public_id, staff=clerks.at_counter(actor), now=now)
    return _panel(visit.member_id, visit, actor=actor, now=now)


def of_member(member_public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Panel:
    """Somebody who was looked up. Raises NotFound."""
    return _panel(members.get_by_public_id(member_public_id).id, None, actor=actor, now=now)


def _panel(member_id: int, visit: OpenVisit | None, *, actor: Actor, now: datetime) -> Panel:
    store = stores.get(clerks.at_counter(actor).store_id)
    return Panel(
        visit=visit,
        card=visits.card(member_id, now=now),
        coupons=wallet.list_usable(member_id, store_code=store.code, now=now),
    )
