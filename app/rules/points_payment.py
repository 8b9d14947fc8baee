"""Points as money: how many may pay for a bill, and what they pay. Rounded down to the fen, in the shop's favour."""

from dataclasses import dataclass
from typing import Final

from app.errors import PointsNotAccepted

WHOLE_BP: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What the programme says: fen that 100 points pay, and the share (basis points) of a bill they may pay at most."""

    fen_per_100: int
    max_bp: int

    def worth(self, points: int) -> int:
        """What so many points pay."""
        return points * self.fen_per_100 // 100

    def needed(self, fen: int) -> int:
        """The fewest points that pay so much: a point that pays nothing is not taken."""
        return -(-fen * 100 // self.fen_per_100)

    def limit(self, left_fen: int) -> int:
        """The most points a bill takes."""
        return left_fen * self.max_bp // WHOLE_BP * 100 // self.fen_per_100


@dataclass(frozen=True, slots=True)
class Payment:
    """Whole points taken, and the fen they pay."""

    points: int = 0
    fen: int = 0


def most(left_fen: int, *, spendable: int, price: Price) -> Payment:
    """The most that points can pay of what coupons and the tier left of a bill."""
    fen = price.worth(min(spendable, price.limit(left_fen)))
    return Payment(price.needed(fen), fen)


def pay(points: int, *, left_fen: int, price: Price, forbidden: bool) -> Payment:
    """Pay with so many points; 0 pays nothing. `forbidden`: a coupon on the bill allows no points.

    Raises PointsNotAccepted.
    """
    if points == 0:
        return Payment()
    limit = 0 if forbidden else price.limit(left_fen)
    if why := _refusal(points, limit=limit, price=price, forbidden=forbidden):
        raise PointsNotAccepted(reason=why, most_points=limit)
    fen = price.worth(points)
    return Payment(price.needed(fen), fen)


def _refusal(points: int, *, limit: int, price: Price, forbidden: bool) -> str | None:
    if forbidden:
        return "coupon"
    if price.max_bp == 0:
        return "switched_off"
    if points > limit:
        return "too_many"
    return None if price.worth(points) else "too_few"
