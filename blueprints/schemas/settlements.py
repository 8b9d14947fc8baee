"""What a payer owes, batch by batch, and closed periods; amounts in fen, returns negative."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal
from uuid import UUID

from app.services.settlements import Closed as ClosedPeriod
from app.services.settlements import SettlementLine, Sums
from blueprints.csv_out import Cell
from blueprints.schemas.base import Instant, Out
from blueprints.schemas.coupons import in_english
from blueprints.schemas.periods import PeriodOut


class SettlementLineOut(Out):
    """`redeemed`: used in the period and not given back within it. `returned`: used before, given back in it."""

    batch_id: UUID
    batch: str
    coupon: str
    kind: Literal["redeemed", "returned"]
    share_bp: int
    times: int
    discount_fen: int
    cost_fen: int
    payer_fen: int
    shop_fen: int

    @classmethod
    def of(cls, line: SettlementLine) -> "SettlementLineOut":
        return cls(**{name: getattr(line, name) for name in cls.model_fields})


class SettlementLinePage(Out):
    data: list[SettlementLineOut]
    has_more: bool
    next_cursor: str | None


class SettlementSums(Out):
    """Uses and returns, and fen with the returns taken off."""

    redeemed: int
    returned: int
    discount_fen: int
    cost_fen: int
    payer_fen: int
    shop_fen: int


class AccountOut(PeriodOut):
    """What a period comes to, closed or not."""

    totals: SettlementSums

    @classmethod
    def of(cls, sums: Sums, *, first_on: date, until_on: date) -> "AccountOut":
        totals = SettlementSums(**{name: getattr(sums, name) for name in SettlementSums.model_fields})
        return cls(first_on=first_on, until_on=until_on, totals=totals)


class SettlementOut(PeriodOut):
    """A closed period; it never changes."""

    id: UUID
    payer_id: UUID
    payer_name: str
    totals: SettlementSums
    closed_by: str | None
    closed_at: Instant

    @classmethod
    def of(cls, closed: ClosedPeriod) -> "SettlementOut":
        settlement = closed.settlement
        return cls(
            id=settlement.public_id,
            payer_id=closed.payer.public_id,
            payer_name=closed.payer.name,
            first_on=settlement.first_on,
            until_on=settlement.until_on,
            totals=SettlementSums(**{name: getattr(settlement, name) for name in SettlementSums.model_fields}),
            closed_by=closed.closed_by,
            closed_at=settlement.closed_at,
        )


class SettlementPage(Out):
    data: list[SettlementOut]
    has_more: bool
    next_cursor: str | None


HEADER = (
    "批次",
    "券",
    "类型",
    "承担比例（万分之）",
    "次数",
    "优惠（分）",
    "成本（分）",
    "承担方承担（分）",
    "门店承担（分）",
)
HEADER_EN = (
    "Batch",
    "Coupon",
    "Kind",
    "Share (bp)",
    "Times",
    "Discount (fen)",
    "Cost (fen)",
    "Payer's part (fen)",
    "Shop's part (fen)",
)
_KINDS = {"redeemed": ("核销", "Redeemed"), "returned": ("退回", "Returned")}


def header() -> tuple[str, ...]:
    """In the language asked for."""
    return HEADER_EN if in_english() else HEADER


def rows(lines: Iterable[SettlementLine], *, sums: Sums) -> Iterator[list[Cell]]:
    """A row a line, and the sum of them."""
    english = in_english()
    for line in lines:
        yield [
            line.batch,
            line.coupon,
            _KINDS[line.kind][english],
            line.share_bp,
            line.times,
            line.discount_fen,
            line.cost_fen,
            line.payer_fen,
            line.shop_fen,
        ]
    total = "Total" if english else "合计"
    yield [total, "", "", None, None, sums.discount_fen, sums.cost_fen, sums.payer_fen, sums.shop_fen]
