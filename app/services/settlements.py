"""Who paid for which coupons, by period; a closed period never changes. docs/domain/settlement.md"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.errors import NotFound, PeriodNotOver, SettlementOutOfTurn
from app.extensions import db
from app.models import Payer, Settlement, Staff
from app.models.types import new_public_id
from app.paging import MAX_LIMIT, Page, cut, walk
from app.services import audit, periods, programmes
from app.services.periods import Period
from app.statements import settlements as statements

# A bill being rung up as the day turned over is in the books long before.
CLOSES_AFTER = timedelta(hours=1)
KINDS = {1: "redeemed", 2: "returned"}


@dataclass(frozen=True, kw_only=True)
class SettlementLine:
    """What moved of one batch: `redeemed`, or `returned` with negative fen. `share_bp` as agreed; rounding favours the payer."""

    key: tuple[int, int]
    batch_id: uuid.UUID
    batch: str
    coupon: str
    kind: str
    share_bp: int
    times: int
    discount_fen: int
    cost_fen: int
    payer_fen: int

    @property
    def shop_fen(self) -> int:
        """What the payer does not pay."""
        return self.cost_fen - self.payer_fen


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Of a period: uses that count, uses given back later than the period they fell in, and fen with these taken off."""

    redeemed: int
    returned: int
    discount_fen: int
    cost_fen: int
    payer_fen: int

    @property
    def shop_fen(self) -> int:
        """What the payer does not pay."""
        return self.cost_fen - self.payer_fen


@dataclass(frozen=True)
class Closed:
    """A settlement, its payer, and the name of who closed it."""

    settlement: Settlement
    payer: Payer
    closed_by: str | None

    @property
    def period(self) -> Period:
        """As it was closed."""
        closed = self.settlement
        return Period(closed.first_on, closed.until_on, closed.starts_at, closed.ends_at)

    @property
    def sums(self) -> Sums:
        """As it was closed."""
        closed = self.settlement
        return Sums(
            redeemed=closed.redeemed,
            returned=closed.returned,
            discount_fen=closed.discount_fen,
            cost_fen=closed.cost_fen,
            payer_fen=closed.payer_fen,
        )


def close(payer_public_id: uuid.UUID, *, first_on: date, until_on: date, actor: Actor, now: datetime) -> Closed:
    """Settle `[first_on, until_on)`: it must continue the payer's last period, the first one leave no redemption out.

    A repeat returns the first settlement. Raises NotFound, InvalidInput, PeriodNotOver, SettlementOutOfTurn.
    """
    payer = _lock(payer_public_id)
    last = db.session.scalar(
        select(Settlement).where(Settlement.payer_id == payer.id).order_by(Settlement.ends_at.desc()).limit(1)
    )
    if last is not None and (last.first_on, last.until_on) == (first_on, until_on):
        return get(last.public_id)
    period = periods.of(first_on, until_on)
    if now < period.ends_at + CLOSES_AFTER:
        raise PeriodNotOver(closes_from=period.ends_at + CLOSES_AFTER)
    public_id = new_public_id()
    values = {
        **period.bounds,
        "public_id": public_id,
        "payer_id": payer.id,
        "starts_at": _take_turn(payer, period, last=last),
        "follows_at": None if last is None else last.ends_at,
        "closed_by_id": actor.id if actor.kind == "staff" else None,
        "now": now,
    }
    settlement_id = db.session.scalar(statements.CLOSE, values)
    closed = get(public_id)
    audit.record(
        "settlement.close",
        actor=actor,
        object_kind="settlement",
        object_id=settlement_id,
        details={
            "payer": payer.code,
            "first_on": str(first_on),
            "until_on": str(until_on),
            "payer_fen": closed.settlement.payer_fen,
        },
        now=now,
    )
    return closed


def get(public_id: uuid.UUID) -> Closed:
    """Raises NotFound(kind="settlement")."""
    row = db.session.execute(_selection().where(Settlement.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(kind="settlement")
    return Closed(*row)


def list_settlements(payer_id: int, *, after: tuple[datetime] | None, limit: int) -> Page[Closed]:
    """A payer's closed periods, newest first; `after` is the `ends_at` of the last row seen."""
    query = _selection().where(Settlement.payer_id == payer_id).order_by(Settlement.ends_at.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Settlement.ends_at < after[0])
    rows = [Closed(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda closed: (closed.settlement.ends_at,))


def sums(payer_id: int, *, period: Period) -> Sums:
    """What a period comes to, closed or not."""
    row = db.session.execute(statements.SUMS, {"payer_id": payer_id, **period.bounds}).mappings().one()
    return Sums(**{name: int(value) for name, value in row.items()})


def list_lines(payer_id: int, *, period: Period, after: tuple[int, int] | None, limit: int) -> Page[SettlementLine]:
    """Batch by batch, uses before returns; `after` is the `key` of the last line seen."""
    after_key, after_sort = after or (0, 0)
    values = {"payer_id": payer_id, **period.bounds, "after_key": after_key, "after_sort": after_sort}
    rows = db.session.execute(statements.LINES, {**values, "limit": limit + 1}).mappings()
    return cut([_line(dict(row)) for row in rows], limit, lambda line: line.key)


def iter_lines(payer_id: int, *, period: Period) -> Iterator[SettlementLine]:
    """All of them, read page by page."""
    return walk(lambda after: list_lines(payer_id, period=period, after=after, limit=MAX_LIMIT))


def _lock(payer_public_id: uuid.UUID) -> Payer:
    # Whoever uses a coupon of this payer share-locks it: all of them are committed now, or come after.
    payer = db.session.scalar(
        select(Payer)
        .where(Payer.public_id == payer_public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payer is None:
        raise NotFound(kind="payer")
    return payer


def _take_turn(payer: Payer, period: Period, *, last: Settlement | None) -> datetime:
    """The instant the period begins. Raises SettlementOutOfTurn."""
    if last is not None:
        if period.first_on != last.until_on or period.ends_at <= last.ends_at:
            raise SettlementOutOfTurn(first_on=last.until_on)
        return last.ends_at
    first_used_at = db.session.scalar(statements.FIRST_USED, {"payer_id": payer.id})
    if first_used_at is not None and first_used_at < period.starts_at:
        raise SettlementOutOfTurn(first_on=programmes.business_date(first_used_at))
    return period.starts_at


def _selection() -> Any:
    return (
        select(Settlement, Payer, Staff.display_name)
        .join(Payer, Payer.id == Settlement.payer_id)
        .outerjoin(Staff, Staff.id == Settlement.closed_by_id)
    )


def _line(row: dict[str, Any]) -> SettlementLine:
    return SettlementLine(
        key=(row["batch_key"], row["sort"]),
        batch_id=row["batch_id"],
        batch=row["batch"],
        coupon=row["coupon"],
        kind=KINDS[row["sort"]],
        share_bp=row["payer_share_bp"],
        times=row["times"],
        discount_fen=int(row["discount_fen"]),
        cost_fen=int(row["cost_fen"]),
        payer_fen=int(row["payer_fen"]),
    )
