"""What the shop owes in points, and the ledger's own accounts, for the console and as tables."""

from collections.abc import Iterator
from datetime import date, datetime

from app.services.points_liability import Liability, LiabilityRow
from blueprints.csv_out import Cell
from blueprints.schemas.base import Instant, Out
from blueprints.schemas.coupons import in_english


class LiabilityRowOut(Out):
    """Points whose last valid day lies in `month` (YYYY-MM); null: they never expire. Pending and held are among them."""

    month: str | None
    points: int
    pending: int
    held: int
    value_fen: int

    @classmethod
    def of(cls, row: LiabilityRow) -> "LiabilityRowOut":
        return cls(
            month=_month(row.month), points=row.points, pending=row.pending, held=row.held, value_fen=row.value_fen
        )


class LiabilityOut(Out):
    """Outstanding points at one instant. `owed_points` is what members owe the shop; it is not set off."""

    as_of: Instant
    fen_per_100_points: int
    rows: list[LiabilityRowOut]
    points: int
    pending: int
    held: int
    value_fen: int
    owed_points: int

    @classmethod
    def of(cls, found: Liability, *, as_of: datetime) -> "LiabilityOut":
        return cls(
            as_of=as_of,
            fen_per_100_points=found.fen_per_100_points,
            rows=[LiabilityRowOut.of(row) for row in found.rows],
            points=found.points,
            pending=found.pending,
            held=found.held,
            value_fen=found.value_fen,
            owed_points=found.owed_points,
        )


class AccountOut(Out):
    """What an account has received less what it gave, in points."""

    account: str
    total: int


class TrialBalanceOut(Out):
    """Every account of the points ledger; `total` is their sum and zero in a ledger that balances."""

    as_of: Instant
    accounts: list[AccountOut]
    total: int

    @classmethod
    def of(cls, totals: dict[str, int], *, as_of: datetime) -> "TrialBalanceOut":
        accounts = [AccountOut(account=account, total=total) for account, total in totals.items()]
        return cls(as_of=as_of, accounts=accounts, total=sum(totals.values()))


LIABILITY_HEADER = ("到期月份", "积分", "其中待生效", "其中占用", "价值（分）")
LIABILITY_HEADER_EN = ("Expiry month", "Points", "Of these pending", "Of these held", "Worth (fen)")
BALANCE_HEADER, BALANCE_HEADER_EN = ("账户", "名称", "余额"), ("Account", "Name", "Total")
_ACCOUNTS = {
    "member": ("会员可用", "Members' balances"),
    "owed": ("会员待扣", "Owed by members"),
    "issue": ("发放", "Issued"),
    "spend": ("使用", "Spent"),
    "expire": ("到期", "Expired"),
    "adjust": ("人工调整", "Corrected by hand"),
    "merge": ("合并中转", "Merges in transit"),
}


def liability_header() -> tuple[str, ...]:
    """In the language asked for."""
    return LIABILITY_HEADER_EN if in_english() else LIABILITY_HEADER


def liability_rows(found: Liability) -> Iterator[list[Cell]]:
    """A line a month, then those that never expire, then the sum and what members owe."""
    never, total, owed = ("Never", "Total", "Owed by members") if in_english() else ("永久有效", "合计", "会员待扣")
    for row in found.rows:
        yield [_month(row.month) or never, row.points, row.pending, row.held, row.value_fen]
    yield [total, found.points, found.pending, found.held, found.value_fen]
    yield [owed, found.owed_points, None, None, None]


def balance_header() -> tuple[str, ...]:
    """In the language asked for."""
    return BALANCE_HEADER_EN if in_english() else BALANCE_HEADER


def balance_rows(totals: dict[str, int]) -> Iterator[list[Cell]]:
    """A line an account, and the sum."""
    english = in_english()
    for account, total in totals.items():
        yield [account, _ACCOUNTS[account][english], total]
    yield ["", "Total" if english else "合计", sum(totals.values())]


def _month(first: date | None) -> str | None:
    return None if first is None else f"{first:%Y-%m}"
