"""A proven member code at the counter: the visit it opens, whom it brought and what they could use, in one statement.

A code scanned again goes step by step. Both ways tell and write the same. docs/domain/member-code.md
"""

from dataclasses import dataclass
from datetime import datetime

from app.errors import NotFound
from app.extensions import db
from app.models.types import new_public_id
from app.plain_statements import fetch_all
from app.services import stores, visits, wallet
from app.services.calendars import Calendar
from app.services.visits import VISIT_LASTS, AtCounter, MemberCard, OpenedVisit
from app.services.wallet import HeldCoupon
from app.statements import scan as statements


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the clerk sees."""

    visit: OpenedVisit
    card: MemberCard
    coupons: list[HeldCoupon]


def open_visit(member_id: int, *, code_step: int, staff: AtCounter, now: datetime) -> Scanned:
    """Consume the step of a proven code. The same clerk and store get the same visit again while it is unused.

    Raises MemberCodeUsed for anybody else, and after the use; NotFound.
    """
    scanned = _at_once(member_id, code_step=code_step, staff=staff, now=now)
    return scanned or step_by_step(member_id, code_step=code_step, staff=staff, now=now)


def step_by_step(member_id: int, *, code_step: int, staff: AtCounter, now: datetime) -> Scanned:
    """As `open_visit`, whatever the case."""
    if staff.store_id is None:
        raise NotFound(kind="store")
    visit = visits.open_visit(member_id, code_step=code_step, staff=staff, now=now)
    usable = wallet.list_usable(member_id, store_code=stores.get(staff.store_id).code, now=now)
    return Scanned(visit, visits.card(member_id, now=now), usable)


def _at_once(member_id: int, *, code_step: int, staff: AtCounter, now: datetime) -> Scanned | None:
    db.session.flush()  # the statement goes past the session, and must see what this transaction changed so far
    public_id, expires_at = new_public_id(), now + VISIT_LASTS
    rows = fetch_all(
        statements.SCAN,
        {
            "public_id": public_id,
            "member_id": member_id,
            "code_step": code_step,
            "store_id": staff.store_id,
            "staff_id": staff.id,
            "now": now,
            "expires_at": expires_at,
            "limit": wallet.MOST_AT_COUNTER,
        },
    )
    if not rows:
        return None
    first = rows[0]
    calendar = Calendar(first.zone, first.cut_over_hour)
    return Scanned(
        OpenedVisit(first.visit_id, public_id, member_id, expires_at, is_new=True),
        visits.card_of(first, on=calendar.date_of(now)),
        wallet.held_all([row._asdict() for row in rows if row.id is not None], now=now, calendar=calendar),
    )
