"""A proven member code at the counter: the visit it opens, whom it brought and what they could use.

The usual one in one statement; a code scanned again goes step by step. Both tell and write the same. docs/domain/member-code.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import NotFound
from app.models.types import new_public_id
from app.plain_statements import Plain
from app.services import checkout_quotes, stores, visits, wallet
from app.services.calendars import Calendar
from app.services.checkout_bills import RungUp
from app.services.checkout_quotes import Quote
from app.services.visits import VISIT_LASTS, AtCounter, MemberCard, OpenedVisit, OpenVisit
from app.services.wallet import HeldCoupon
from app.statements import scan as statements


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the clerk sees."""

    visit: OpenedVisit
    card: MemberCard
    coupons: list[HeldCoupon]


def step_by_step(member_id: int, *, code_step: int, staff: AtCounter, now: datetime) -> Scanned:
    """Consume the step of a proven code. The same clerk and store get the same visit again while it is unused.

    Raises MemberCodeUsed for anybody else, and after the use; NotFound.
    """
    if staff.store_id is None:
        raise NotFound(kind="store")
    visit = visits.open_visit(member_id, code_step=code_step, staff=staff, now=now)
    usable = wallet.list_usable(member_id, store_code=stores.get(staff.store_id).code, now=now)
    return Scanned(visit, visits.card(member_id, now=now), usable)


class Usual:
    """The usual scan: the visit of a step nobody has consumed, opened by one statement that may be the last of a transaction.

    `turn` (attempt_limit.turn): wrong codes of this clerk are waited for, and past their limit nothing is opened."""

    def __init__(
        self, member_id: int, *, code_step: int, staff: AtCounter, turn: Mapping[str, Any], now: datetime
    ) -> None:
        self._member_id, self._staff, self._now = member_id, staff, now
        self._public_id, self._expires_at = new_public_id(), now + VISIT_LASTS
        self.plain: Plain = (
            statements.SCAN,
            {
                "public_id": self._public_id,
                "member_id": member_id,
                "code_step": code_step,
                "store_id": staff.store_id,
                "staff_id": staff.id,
                "now": now,
                "expires_at": self._expires_at,
                "limit": wallet.MOST_AT_COUNTER,
                **turn,
            },
        )

    def scanned(self, rows: Sequence[Any]) -> Scanned | None:
        """What its rows tell; None when nothing was written: then go `step_by_step`."""
        if not rows:
            return None
        first = rows[0]
        calendar = Calendar(first.zone, first.cut_over_hour)
        return Scanned(
            OpenedVisit(first.visit_id, self._public_id, self._member_id, self._expires_at, is_new=True),
            visits.card_of(first, on=calendar.date_of(self._now)),
            wallet.held_all([row._asdict() for row in rows if row.id is not None], now=self._now, calendar=calendar),
        )

    def bill_looks(self, rung_up: RungUp) -> tuple[Plain, ...]:
        """The statements that ask what a bill comes to in the visit; `quoted` reads their rows."""
        store_id = self._staff.store_id or 0
        return checkout_quotes.proposing_looks(rung_up, member_id=self._member_id, store_id=store_id, now=self._now)

    def quoted(self, scanned: Scanned, rung_up: RungUp, found: Sequence[Sequence[Any]]) -> Quote:
        """What the bill comes to."""
        opened, staff = scanned.visit, self._staff
        visit = OpenVisit(
            opened.id, opened.public_id, opened.member_id, staff.store_id or 0, staff.id, opened.expires_at
        )
        return checkout_quotes.proposed(visit, rung_up, found, now=self._now)
