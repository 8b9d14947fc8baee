"""The points statement, of the member's own and at the console; growth and tiers held."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.errors import InvalidInput
from app.rules.earning_words import Words
from app.rules.statement_words import key_of, title
from app.services.growth_statement import GrowthLine, TierLine
from app.services.points import PointsSummary, StatementLine
from app.services.points_summary import last_date
from blueprints.csv_out import Cell
from blueprints.schemas.base import BusinessDate, ClosedQuery, Instant, Out
from blueprints.schemas.coupons import in_english
from blueprints.schemas.points import BadgeOut

# A year with its leap day; a longer history is asked for in parts.
MAX_PERIOD_DAYS = 366
SHOWN_OF_ORDER = 4


class PointsExpiryOut(Out):
    """So many points may be spent through this date, then they are gone."""

    valid_through: date
    points: int


class PointsSummaryOut(Out):
    """Whole points: `pending` come later, `held` are promised to an open bill, `owed` is taken from the next earnings."""

    spendable: int
    pending: int
    held: int
    owed: int
    next_expiry: PointsExpiryOut | None

    @classmethod
    def of(cls, summary: PointsSummary) -> "PointsSummaryOut":
        soonest = summary.next_expiry
        return cls(
            spendable=summary.spendable,
            pending=summary.pending,
            held=summary.held,
            owed=summary.owed,
            next_expiry=None if soonest is None else PointsExpiryOut(valid_through=soonest[0], points=soonest[1]),
        )


class PaidByOut(Out):
    """The rule and version that paid an entry."""

    code: str
    version: int
    name: str
    name_en: str


class PointsEntryOut(Out):
    """One change; `delta` is signed, `balance_after` and `owed_after` what it led to.

    `source` is one word to decide by; `title` says it in words. `expires_at` is the soonest expiry of what it brought.
    """

    seq: int
    kind: str
    delta: int
    amount: int
    balance_after: int
    owed_after: int
    source: str
    title: str
    title_en: str
    rule: PaidByOut | None
    order_no: str | None
    business_date: date
    occurred_at: Instant
    available_at: Instant | None
    expires_at: Instant | None

    @classmethod
    def of(cls, line: StatementLine) -> "PointsEntryOut":
        words = _title(line)
        return cls(
            seq=line.seq,
            kind=line.kind,
            delta=line.delta,
            amount=line.amount,
            balance_after=line.balance_after,
            owed_after=line.owed_after,
            source=key_of(line.source),
            title=words.zh,
            title_en=words.en,
            rule=_paid_by(line.rule_code, line.rule_version, line.rule_name, line.rule_name_en),
            order_no=line.order_no,
            business_date=line.business_date,
            occurred_at=line.occurred_at,
            available_at=line.available_at,
            expires_at=line.expires_at,
        )

    @classmethod
    def masked(cls, line: StatementLine) -> "PointsEntryOut":
        """For who need not find the very order."""
        entry = cls.of(line)
        return entry.model_copy(update={"order_no": mask_order(entry.order_no)})


class PointsEntriesOut(Out):
    data: list[PointsEntryOut]
    has_more: bool
    next_cursor: str | None
    points_balance: int = 0


class GrowthEntryOut(Out):
    """One change of growth; `counts_on` is the date it counts for when a qualification period is summed."""

    seq: int
    kind: str
    delta: int
    growth_after: int
    source: str
    rule: PaidByOut | None
    counts_on: date
    occurred_at: Instant

    @classmethod
    def of(cls, line: GrowthLine) -> "GrowthEntryOut":
        entry = line.entry
        return cls(
            seq=entry.seq,
            kind=entry.kind,
            delta=entry.delta,
            growth_after=entry.growth_after,
            source=key_of(entry.source),
            rule=_paid_by(line.rule_code, line.rule_version, line.rule_name, line.rule_name_en),
            counts_on=entry.counts_on,
            occurred_at=entry.occurred_at,
        )


class GrowthEntriesOut(Out):
    data: list[GrowthEntryOut]
    has_more: bool
    next_cursor: str | None


class TierHeldOut(Out):
    """A tier held over `[starts_at, ends_at)`; the present one has no end."""

    badge: BadgeOut
    starts_at: Instant
    ends_at: Instant | None
    reason: str

    @classmethod
    def of(cls, line: TierLine) -> "TierHeldOut":
        held = line.history
        return cls(badge=BadgeOut.of(line.tier), starts_at=held.starts_at, ends_at=held.ends_at, reason=held.reason)


class TierHistoryOut(Out):
    data: list[TierHeldOut]
    has_more: bool
    next_cursor: str | None


class PeriodQuery(ClosedQuery):
    """Business dates, both included, at most 366 days; the last 90 days when left out."""

    first: BusinessDate | None = None
    last: BusinessDate | None = None

    def days(self, *, today: date) -> tuple[date, date]:
        """The period asked for. Raises InvalidInput."""
        last = self.last or today
        first = self.first or last - timedelta(days=89)
        if not 0 <= (last - first).days < MAX_PERIOD_DAYS:
            raise InvalidInput(fields={"query.first": f"first to last: 1 to {MAX_PERIOD_DAYS} days"})
        return first, last


HEADER = ("时间", "业务日期", "事项", "规则", "版本", "订单号", "变动", "余额", "待扣", "有效期至")
HEADER_EN = ("Time", "Business date", "What", "Rule", "Version", "Order", "Change", "Balance", "Owed", "Valid through")


def header() -> tuple[str, ...]:
    """The first row, in the language asked for."""
    return HEADER_EN if in_english() else HEADER


def rows(lines: Iterable[StatementLine], *, zone: str, hide_orders: bool = False) -> Iterator[list[Cell]]:
    """The other rows; times are the shop's own, so that a spreadsheet shows what the receipt says."""
    tz, english = ZoneInfo(zone), in_english()
    for line in lines:
        words = _title(line)
        last = None if line.expires_at is None else last_date(line.expires_at)
        yield [
            line.occurred_at.astimezone(tz).strftime("%Y-%m-%d %H:%M:%S"),
            line.business_date.isoformat(),
            words.en if english else words.zh,
            line.rule_code,
            line.rule_version,
            mask_order(line.order_no) if hide_orders else line.order_no,
            line.delta,
            line.balance_after,
            line.owed_after,
            None if last is None else last.isoformat(),
        ]


def file_name(first: date, last: date, *, member_id: UUID | None = None) -> str:
    """As points-2026-01-01-2026-11-20.csv, with whose it is when it is somebody else's."""
    whose = "" if member_id is None else f"-{member_id}"
    return f"points{whose}-{first}-{last}.csv"


def mask_order(order_no: str | None) -> str | None:
    """The last four characters: enough to talk about an order, not to look it up."""
    return None if order_no is None else f"****{order_no[-SHOWN_OF_ORDER:]}"


def _title(line: StatementLine) -> Words:
    rule = None if line.rule_name is None else Words(line.rule_name, line.rule_name_en or line.rule_name)
    return title(kind=line.kind, source=line.source, rule=rule)


def _paid_by(code: str | None, version: int | None, name: str | None, name_en: str | None) -> PaidByOut | None:
    if code is None or version is None or name is None:
        return None
    return PaidByOut(code=code, version=version, name=name, name_en=name_en or name)
