"""Which lots pay, and how much of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.errors import InsufficientPoints


@dataclass(frozen=True)
class OpenLot:
    """`remaining` is what may be taken: what is held stays out."""

    id: int
    remaining: int
    expires_at: datetime | None


@dataclass(frozen=True)
class LotTake:
    lot_id: int
    amount: int


def take(lots: Iterable[OpenLot], *, amount: int) -> list[LotTake]:
    """Take `amount` points soonest-expiring first, never-expiring last. Raises InsufficientPoints, never takes a part."""
    takes, missing = take_up_to(lots, amount=amount)
    if missing:
        raise InsufficientPoints(requested=amount, available=amount - missing)
    return takes


def take_up_to(
    lots: Iterable[OpenLot], *, amount: int, first: frozenset[int] = frozenset()
) -> tuple[list[LotTake], int]:
    """Take at most `amount`; lots named in `first` go before all others. Returns the takes and what was missing."""
    takes: list[LotTake] = []
    wanted = amount
    for lot in sorted(lots, key=lambda lot: (lot.id not in first, lot.expires_at is None, lot.expires_at, lot.id)):
        if wanted == 0:
            break
        part = min(wanted, lot.remaining)
        if part > 0:
            takes.append(LotTake(lot.id, part))
            wanted -= part
    return takes, wanted
