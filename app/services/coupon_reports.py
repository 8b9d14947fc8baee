"""What coupons did and cost, by batch, family and over all. Which figure means what: docs/domain/coupon-reports.md

Every report is of a period of at most periods.MAX_DAYS days and takes a fixed number of queries, whatever it finds.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from app.extensions import db
from app.models.payer import MAX_DAYS
from app.paging import Page, cut
from app.services import counter_reports, coupon_batches, programmes
from app.services.counter_reports import AtCounter, Bills
from app.services.periods import Period
from app.statements import coupon_reports as statements

# Above every key: the first page begins there.
_TOP = 2**62
TOP_STORES = 50


@dataclass(frozen=True, kw_only=True)
class CouponFigures:
    """Of coupons issued in the period: how many, and what they are now. Of uses in the period: how many stand, and their fen.

    `used`: issued coupons with at least one use that stands. `by_way`: how the issued ones were handed out.
    """

    issued: int
    used: int
    active: int
    used_up: int
    expired: int
    revoked: int
    redemptions: int
    given_back: int
    discount_fen: int
    cost_fen: int
    payer_fen: int
    by_way: dict[str, int] = field(default_factory=dict)

    @property
    def shop_fen(self) -> int:
        """What no supplier or department pays."""
        return self.cost_fen - self.payer_fen

    @property
    def used_bp(self) -> int | None:
        """The share of issued coupons that were used, in basis points, rounded down; None when none was issued."""
        return share_bp(self.used, self.issued)


@dataclass(frozen=True, kw_only=True)
class Reward:
    """A template family of the period, told by the name of its first version."""

    public_id: uuid.UUID
    name: str
    figures: CouponFigures


@dataclass(frozen=True, kw_only=True)
class Costed(Reward):
    """A batch or family with its budget: what coupons out may cost, and what uses have cost, both since it was printed."""

    key: int
    budget_fen: int
    committed_fen: int
    spent_fen: int
    batches: int = 1
    # Of a batch alone.
    coupon: str | None = None
    status: str | None = None
    how: str | None = None
    payer: str | None = None

    @property
    def spent_bp(self) -> int | None:
        """The share of the budget that uses have cost."""
        return share_bp(self.spent_fen, self.budget_fen)


@dataclass(frozen=True, kw_only=True)
class CurveDay:
    """Coupons first used so many days after their issue, and the share of the issued ones used by then."""

    day: int
    coupons: int
    so_far: int
    so_far_bp: int


@dataclass(frozen=True, kw_only=True)
class BatchReport:
    """One batch: figures, when its coupons were used, bills with one beside bills without any, and where."""

    batch: Costed
    curve: list[CurveDay]
    bills: Bills
    stores: list[AtCounter]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The whole programme's coupons."""

    figures: CouponFigures
    bills: Bills


def summary(period: Period, *, now: datetime) -> Summary:
    """All batches together, and what was sold with and without coupons at the stores that took any."""
    row = db.session.execute(statements.SUMMARY, {**period.bounds, "now": now}).mappings().one()
    return Summary(figures=_figures(row, by_way=_together(row["by_ways"])), bills=counter_reports.bills(period))


def list_batches(period: Period, *, after: tuple[int] | None, limit: int, now: datetime) -> Page[Costed]:
    """All batches, newest first; `after` is the `key` of the last row seen."""
    rows = _page(statements.BATCHES, period, after=after, limit=limit, now=now)
    return cut([_batch(row) for row in rows], limit, lambda one: (one.key,))


def list_families(period: Period, *, after: tuple[int] | None, limit: int, now: datetime) -> Page[Costed]:
    """All template families, newest first, each over all its batches; `after` is the `key` of the last row seen."""
    rows = _page(statements.FAMILIES, period, after=after, limit=limit, now=now)
    return cut([_family(row) for row in rows], limit, lambda one: (one.key,))


def of_batch(public_id: uuid.UUID, period: Period, *, now: datetime) -> BatchReport:
    """One batch in full. Raises NotFound."""
    batch_id = coupon_batches.get_by_public_id(public_id).id
    values = {**period.bounds, "batch_id": batch_id}
    programme = programmes.get()
    calendar = {"zone": programme.zone, "cut_over_hour": programme.cut_over_hour, "last_day": MAX_DAYS}
    batch = _batch(db.session.execute(statements.BATCH, {**values, "now": now}).mappings().one())
    days = db.session.execute(statements.CURVE, {**values, **calendar}).all()
    return BatchReport(
        batch=batch,
        curve=_curve([(row.day, row.coupons) for row in days], issued=batch.figures.issued),
        bills=counter_reports.bills(period, batch_id=batch_id),
        stores=counter_reports.stores_of_batch(batch_id, period=period, limit=TOP_STORES),
    )


def top_rewards(period: Period, *, by: str, min_issued: int, limit: int, now: datetime) -> list[Reward]:
    """Template families most used, `by` count or rate; a rate needs `min_issued` coupons issued in the period."""
    values = {**period.bounds, "now": now, "limit": limit}
    if by == "rate":
        values["min_issued"] = min_issued
    rows = db.session.execute(statements.REWARDS[by], values).mappings()
    return [Reward(public_id=row["public_id"], name=row["name"], figures=_figures(row)) for row in rows]


def share_bp(part: int, whole: int) -> int | None:
    """A share in basis points, rounded down; None of nothing."""
    return part * 10_000 // whole if whole else None


def _page(
    statement: Any, period: Period, *, after: tuple[int] | None, limit: int, now: datetime
) -> Iterable[RowMapping]:
    values = {**period.bounds, "now": now, "after": after[0] if after else _TOP, "limit": limit + 1}
    return db.session.execute(statement, values).mappings()


def _batch(row: RowMapping) -> Costed:
    told: dict[str, Any] = {
        name: row[name] for name in ("public_id", "name", "key", "coupon", "status", "how", "payer")
    }
    return Costed(**told | _money(row), figures=_figures(row, by_way=row["by_way"]))


def _family(row: RowMapping) -> Costed:
    told: dict[str, Any] = {name: row[name] for name in ("public_id", "name", "key", "batches")}
    return Costed(**told | _money(row), figures=_figures(row, by_way=_together(row["by_ways"])))


def _money(row: RowMapping) -> dict[str, int]:
    return {name: int(row[name]) for name in ("budget_fen", "committed_fen", "spent_fen")}


def _figures(row: RowMapping, *, by_way: dict[str, int] | None = None) -> CouponFigures:
    counted = [name for name in CouponFigures.__dataclass_fields__ if name != "by_way"]
    return CouponFigures(**{name: int(row[name]) for name in counted}, by_way=by_way or {})


def _together(by_ways: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in by_ways:
        total.update(one)
    return dict(total)


def _curve(days: Iterable[tuple[int, int]], *, issued: int) -> list[CurveDay]:
    curve, so_far = [], 0
    for day, coupons in days:
        so_far += coupons
        curve.append(CurveDay(day=day, coupons=coupons, so_far=so_far, so_far_bp=share_bp(so_far, issued) or 0))
    return curve
