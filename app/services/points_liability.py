"""What the shop owes its members in points, valued in fen; and the trial balance of the ledger's accounts (I2)."""

from dataclasses import dataclass
from datetime import date, datetime

from app.extensions import db
from app.models.points import ACCOUNTS
from app.rules import points_value
from app.services import programmes
from app.statements import points_liability as statements


@dataclass(frozen=True)
class LiabilityRow:
    """Points whose last valid day lies in a month (its first day; None: they never expire). Pending and held are among them."""

    month: date | None
    points: int
    pending: int
    held: int
    value_fen: int


@dataclass(frozen=True)
class Liability:
    """All of it at one instant. `owed_points` is what members owe the shop; it is not set off."""

    rows: list[LiabilityRow]
    points: int
    pending: int
    held: int
    owed_points: int
    value_fen: int
    fen_per_100_points: int


def report(*, now: datetime) -> Liability:
    """Outstanding points by expiry month. Fen are rounded once, up; the rows add up to the total."""
    programme = programmes.get()
    found = db.session.execute(
        statements.OUTSTANDING, {"now": now, "zone": programme.zone, "cut_over_hour": programme.cut_over_hour}
    ).all()
    price = programme.fen_per_100_points
    values = points_value.fen_of_parts([int(row.points) for row in found], fen_per_100=price)
    rows = [
        LiabilityRow(row.month, int(row.points), int(row.pending), int(row.held), value)
        for row, value in zip(found, values, strict=True)
    ]
    return Liability(
        rows=rows,
        points=sum(row.points for row in rows),
        pending=sum(row.pending for row in rows),
        held=sum(row.held for row in rows),
        owed_points=int(db.session.scalar(statements.OWED) or 0),
        value_fen=sum(values),
        fen_per_100_points=price,
    )


def trial_balance() -> dict[str, int]:
    """What each account has received less what it gave, over the whole ledger; they sum to zero."""
    totals = {row.account: int(row.total) for row in db.session.execute(statements.TRIAL_BALANCE)}
    return {account: totals.get(account, 0) for account in ACCOUNTS}
