"""What a store's counter came to over a time: sums of the bills settled there, of everybody or of one person."""

from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.extensions import db
from app.services import programmes
from app.statements import counter_days as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """Bills that stand and those undone, coupon uses that stand, and fen: as rung up, and what came off them."""

    bills: int
    undone: int
    coupons_used: int
    bill_fen: int
    coupon_fen: int
    tier_fen: int
    points_fen: int

    @property
    def payable_fen(self) -> int:
        """What customers paid."""
        return self.bill_fen - self.coupon_fen - self.tier_fen - self.points_fen


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A business date of a store. `joined`: members who joined there, whoever enrolled them."""

    on: date
    sums: Sums
    joined: int


def day_of(store_id: int, *, on: date, staff_id: int | None = None) -> Day:
    """A store's business date; of one person's bills when named."""
    starts_at, ends_at = bounds(on)
    values = {"store_id": store_id, "starts_at": starts_at, "ends_at": ends_at}
    joined = db.session.scalar(statements.JOINED, values) or 0
    return Day(on=on, sums=between(store_id, starts_at=starts_at, ends_at=ends_at, staff_id=staff_id), joined=joined)


def between(store_id: int, *, starts_at: datetime, ends_at: datetime, staff_id: int | None = None) -> Sums:
    """Sums over a half-open time."""
    values = {"store_id": store_id, "starts_at": starts_at, "ends_at": ends_at, "staff_id": staff_id}
    row = db.session.execute(statements.TOTALS, values).one()
    return Sums(**{name: int(value) for name, value in row._mapping.items()})


def bounds(on: date) -> tuple[datetime, datetime]:
    """The half-open instants of a business date."""
    programme = programmes.get()
    return clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
