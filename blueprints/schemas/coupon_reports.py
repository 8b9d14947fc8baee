"""Reports of coupons; docs/domain/coupon-reports.md says which figure means what. Amounts in fen, shares in basis points."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app import messages
from app.services.counter_reports import AtCounter, Bills, BillSums, Reason
from app.services.coupon_reports import BatchReport, Costed, CouponFigures, CurveDay, Reward, Summary
from app.services.periods import Period
from blueprints.schemas.base import Out, PublicId
from blueprints.schemas.periods import PeriodOut, PeriodPageQuery, PeriodQuery


class TopQuery(PeriodQuery):
    """`by` count: most uses. `by` rate: most used of those issued, of families with at least `min_issued`."""

    by: Literal["count", "rate"] = "count"
    min_issued: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class ClerksQuery(PeriodPageQuery):
    store_id: PublicId


class ClerksTableQuery(PeriodQuery):
    store_id: PublicId


class RefusalsQuery(PeriodQuery):
    """Of one store, or of all."""

    store_id: PublicId | None = None


class FiguresOut(Out):
    """Coupons issued in the period and what they are now; uses in the period that stand, and their fen."""

    issued: int
    # How the issued ones were handed out.
    by_way: dict[str, int]
    # Issued ones with at least one use, and their share of the issued.
    used: int
    used_bp: int | None
    active: int
    used_up: int
    expired: int
    revoked: int
    # Uses in the period, whenever the coupon was issued.
    redemptions: int
    given_back: int
    discount_fen: int
    cost_fen: int
    payer_fen: int
    shop_fen: int

    @classmethod
    def of(cls, figures: CouponFigures) -> "FiguresOut":
        return cls.model_validate(figures)


class CostedOut(Out):
    """Figures of the period beside budget, what coupons out may still cost, and what uses have cost since it was printed."""

    id: UUID
    name: str
    figures: FiguresOut
    budget_fen: int
    committed_fen: int
    spent_fen: int
    spent_bp: int | None


class BatchLineOut(CostedOut):
    """One batch."""

    coupon: str
    status: Literal["active", "paused", "closed"]
    how: str
    payer: str | None

    @classmethod
    def of(cls, batch: Costed) -> "BatchLineOut":
        own = {name: getattr(batch, name) for name in ("coupon", "status", "how", "payer")}
        return cls(**_costed(batch), **own)


class BatchLinePage(Out):
    data: list[BatchLineOut]
    has_more: bool
    next_cursor: str | None


class FamilyLineOut(CostedOut):
    """A template over all its versions and batches; `id` is the family's."""

    batches: int

    @classmethod
    def of(cls, family: Costed) -> "FamilyLineOut":
        return cls(**_costed(family), batches=family.batches)


class FamilyLinePage(Out):
    data: list[FamilyLineOut]
    has_more: bool
    next_cursor: str | None


class BillSumsOut(Out):
    """Paid bills; averages are rounded down, null without bills."""

    bills: int
    bill_fen: int
    # Coupons and refunds taken off.
    paid_fen: int
    average_bill_fen: int | None
    average_paid_fen: int | None

    @classmethod
    def of(cls, sums: BillSums) -> "BillSumsOut":
        return cls.model_validate(sums)


class BillsOut(Out):
    """Members' bills at the stores that took a coupon in the period."""

    with_coupon: BillSumsOut
    without: BillSumsOut

    @classmethod
    def of(cls, bills: Bills) -> "BillsOut":
        return cls(with_coupon=BillSumsOut.of(bills.with_coupon), without=BillSumsOut.of(bills.without))


class CurveDayOut(Out):
    """Coupons first used `day` days after their issue (400: or later); so many by then, of those issued in the period."""

    day: int
    coupons: int
    so_far: int
    so_far_bp: int

    @classmethod
    def of(cls, day: CurveDay) -> "CurveDayOut":
        return cls.model_validate(day)


class AtCounterOut(Out):
    """A store or a person of the staff: uses that stand and their fen, undone ones, ones a refund gave back, refusals."""

    id: UUID
    name: str
    redemptions: int
    undone: int
    returned: int
    refused: int
    discount_fen: int
    cost_fen: int

    @classmethod
    def of(cls, at: AtCounter) -> "AtCounterOut":
        return cls(id=at.public_id, **{name: getattr(at, name) for name in cls.model_fields if name != "id"})


class AtCounterPage(Out):
    data: list[AtCounterOut]
    has_more: bool
    next_cursor: str | None


class BatchReportOut(PeriodOut):
    """One batch in full. `bills.with_coupon` are those with a coupon of this batch, `without` those with none at all."""

    batch: BatchLineOut
    curve: list[CurveDayOut]
    bills: BillsOut
    # At most 50, most uses first.
    stores: list[AtCounterOut]

    @classmethod
    def of(cls, report: BatchReport, *, period: Period) -> "BatchReportOut":
        return cls(
            first_on=period.first_on,
            until_on=period.until_on,
            batch=BatchLineOut.of(report.batch),
            curve=[CurveDayOut.of(day) for day in report.curve],
            bills=BillsOut.of(report.bills),
            stores=[AtCounterOut.of(store) for store in report.stores],
        )


class SummaryOut(PeriodOut):
    """All coupons of the programme, and bills with and without one."""

    figures: FiguresOut
    bills: BillsOut

    @classmethod
    def of(cls, summary: Summary, *, period: Period) -> "SummaryOut":
        return cls(
            first_on=period.first_on,
            until_on=period.until_on,
            figures=FiguresOut.of(summary.figures),
            bills=BillsOut.of(summary.bills),
        )


class RewardOut(Out):
    """A template family among the most used."""

    id: UUID
    name: str
    figures: FiguresOut

    @classmethod
    def of(cls, reward: Reward) -> "RewardOut":
        return cls(id=reward.public_id, name=reward.name, figures=FiguresOut.of(reward.figures))


class RewardsOut(PeriodOut):
    by: Literal["count", "rate"]
    rewards: list[RewardOut]


class RefusalOut(Out):
    """An error's code and its text in the reader's language, how often it was the answer, at how many stores and with how
    many people."""

    reason: str
    words: str
    times: int
    stores: int
    people: int

    @classmethod
    def of(cls, reason: Reason) -> "RefusalOut":
        words = messages.text_for(reason.reason, {})
        return cls(reason=reason.reason, words=words, times=reason.times, stores=reason.stores, people=reason.people)


class RefusalsOut(PeriodOut):
    reasons: list[RefusalOut]


def _costed(one: Costed) -> dict[str, object]:
    money = ("name", "budget_fen", "committed_fen", "spent_fen", "spent_bp")
    figures = FiguresOut.of(one.figures)
    return {"id": one.public_id, "figures": figures, **{name: getattr(one, name) for name in money}}
