"""How a batch's stock and budget are spread over buckets, so that claims do not all wait for one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Below so many copies nobody crowds; above, as many buckets as parallel claims that one database serves well.
CROWDED_FROM: Final = 1_000
BUCKETS: Final = 16


@dataclass(frozen=True, slots=True)
class Taken:
    """What one bucket has given: copies, and fen of budget."""

    issued: int = 0
    committed_fen: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One bucket's part: copies, and fen of budget."""

    stock: int
    budget_fen: int


def how_many(stock: int) -> int:
    """Buckets for a batch of so many copies."""
    return 1 if stock < CROWDED_FROM else BUCKETS


def spread(stock: int, budget_fen: int, *, worth_fen: int, taken: Sequence[Taken]) -> list[Share]:
    """Shares that sum to stock and budget, none below what its bucket has given; what is left is spread evenly.

    Money goes along with copies in whole coupons, so that no two buckets are left with half a coupon each; the rest that
    buys no coupon lies in the first. `stock` and `budget_fen` are not below what was taken in all.
    """
    copies = stock - sum(one.issued for one in taken)
    money = budget_fen - sum(one.committed_fen for one in taken)
    paid_for = _evenly(min(copies, money // worth_fen), len(taken))
    unpaid = _evenly(copies - sum(paid_for), len(taken))
    rest = money - sum(paid_for) * worth_fen
    return [
        Share(
            one.issued + paid_for[no] + unpaid[no],
            one.committed_fen + paid_for[no] * worth_fen + (rest if no == 0 else 0),
        )
        for no, one in enumerate(taken)
    ]


def _evenly(amount: int, parts: int) -> list[int]:
    each, more = divmod(amount, parts)
    return [each + (1 if no < more else 0) for no in range(parts)]
