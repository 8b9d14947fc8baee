"""What campaigns came to, on the wire and as tables. Money in fen, shares of people in parts per million."""

from collections.abc import Iterable, Iterator
from typing import Literal

from app.rules import lift
from app.services.campaign_reports import DeliveryLine
from app.services.campaign_results import ArmResult, Figures, GlobalResult, PeriodResult, Results
from blueprints.csv_out import Cell
from blueprints.schemas.base import Instant, Out
from blueprints.schemas.coupons import in_english
from blueprints.schemas.periods import PeriodOut

PPM = 1_000_000

Verdict = Literal["too_few", "no_difference", "higher", "lower"]


class FiguresOut(Out):
    """People at each step, then money. `redemptions` and `orders` count uses and bills. `buyers`, `orders`, `revenue_fen`: bought
    within the window after the message, which was the last one before. `bought`, `spent_fen`: within the window after the
    beginning, messaged or not."""

    targeted: int
    reachable: int
    sent: int
    in_doubt: int
    opened: int
    given: int
    redeemers: int
    redemptions: int
    buyers: int
    orders: int
    revenue_fen: int
    message_cost_fen: int
    coupon_cost_fen: int
    points_given: int
    points_cost_fen: int
    cost_fen: int
    bought: int
    spent_fen: int

    @classmethod
    def of(cls, figures: Figures) -> "FiguresOut":
        return cls(**{name: getattr(figures, name) for name in cls.model_fields})


class DifferenceOut(Out):
    """Treated minus held out, and where it lies with 95 % confidence."""

    value: int
    low: int
    high: int


class LiftOut(Out):
    """`share_ppm`: of people who bought. `spend_fen`: a member. `extra_fen`: that mean over everybody treated. All null when
    too few people tell anything."""

    verdict: Verdict
    share_ppm: DifferenceOut | None
    spend_fen: DifferenceOut | None
    extra_fen: int | None

    @classmethod
    def of(cls, found: lift.Lift) -> "LiftOut":
        return cls(
            verdict=found.verdict,
            share_ppm=_difference(found.share, scale=PPM),
            spend_fen=_difference(found.spend, scale=1),
            extra_fen=found.extra_fen,
        )


class ArmOut(Out):
    """A text: 'A' to 'H', or 'all' where there is one only."""

    arm: str
    figures: FiguresOut
    lift: LiftOut | None

    @classmethod
    def of(cls, result: ArmResult) -> "ArmOut":
        return cls(
            arm=result.arm,
            figures=FiguresOut.of(result.figures),
            lift=None if result.lift is None else LiftOut.of(result.lift),
        )


class ResultsOut(Out):
    """As last counted; `counted_at` null: not yet. `total` is everybody but those held out."""

    counted_at: Instant | None
    is_final: bool
    window_days: int
    total: FiguresOut
    holdout: FiguresOut
    lift: LiftOut
    arms: list[ArmOut]

    @classmethod
    def of(cls, results: Results) -> "ResultsOut":
        return cls(
            counted_at=results.counted_at,
            is_final=results.is_final,
            window_days=results.window_days,
            total=FiguresOut.of(results.total),
            holdout=FiguresOut.of(results.holdout),
            lift=LiftOut.of(results.lift),
            arms=[ArmOut.of(arm) for arm in results.arms],
        )


class PeriodLineOut(Out):
    """`period`: the occurrence of a broadcast, the month of an automation. `arm`: as in the results, or 'holdout'."""

    period: str
    arm: str
    figures: FiguresOut

    @classmethod
    def of(cls, line: PeriodResult) -> "PeriodLineOut":
        return cls(period=line.period, arm=line.arm, figures=FiguresOut.of(line.figures))


class PeriodLinePage(Out):
    data: list[PeriodLineOut]
    has_more: bool
    next_cursor: str | None


class SideOut(Out):
    """People, how many of them bought in the period, and what they paid."""

    people: int
    bought: int
    spent_fen: int


class MarketingOut(PeriodOut):
    """Members who get marketing against those the programme keeps out of it, who joined before the period and agreed to it."""

    treated: SideOut
    holdout: SideOut
    lift: LiftOut

    @classmethod
    def of(cls, found: GlobalResult, period: PeriodOut) -> "MarketingOut":
        return cls(
            first_on=period.first_on,
            until_on=period.until_on,
            treated=_side(found.treated),
            holdout=_side(found.holdout),
            lift=LiftOut.of(found.lift),
        )


_PERIOD_HEADER = (
    ("期次", "Period"),
    ("组", "Arm"),
    ("目标人数", "Targeted"),
    ("可触达", "Reachable"),
    ("已发送", "Sent"),
    ("待确认", "In doubt"),
    ("已打开", "Opened"),
    ("已发权益", "Given"),
    ("用券人数", "Redeemers"),
    ("用券次数", "Redemptions"),
    ("购买人数", "Buyers"),
    ("订单数", "Orders"),
    ("收入（分）", "Revenue (fen)"),
    ("消息成本（分）", "Message cost (fen)"),
    ("券成本（分）", "Coupon cost (fen)"),
    ("赠送积分", "Points given"),
    ("积分成本（分）", "Points cost (fen)"),
    ("总成本（分）", "Cost (fen)"),
    ("期内购买人数", "Bought in window"),
    ("期内消费（分）", "Spent in window (fen)"),
)
_DELIVERY_HEADER = (
    ("会员", "Member"),
    ("期次", "Occurrence"),
    ("渠道", "Channel"),
    ("文案", "Variant"),
    ("状态", "State"),
    ("原因", "Reason"),
    ("错误码", "Error code"),
    ("次数", "Attempts"),
    ("权益", "Benefit"),
    ("应发时间", "Due"),
    ("发出时间", "Dispatched"),
    ("打开时间", "Opened"),
)


def period_header() -> list[str]:
    """Headings of a campaign's figures."""
    return [pair[in_english()] for pair in _PERIOD_HEADER]


def period_rows(lines: Iterable[PeriodResult]) -> Iterator[list[Cell]]:
    """One row an arm and period."""
    for line in lines:
        yield [line.period, line.arm, *FiguresOut.of(line.figures).model_dump().values()]


def delivery_header() -> list[str]:
    """Headings of a campaign's deliveries."""
    return [pair[in_english()] for pair in _DELIVERY_HEADER]


def delivery_rows(lines: Iterable[DeliveryLine]) -> Iterator[list[Cell]]:
    """One row a delivery; the member by public id: no name, no number, no address."""
    for line in lines:
        yield [
            str(line.member_id),
            line.occurrence,
            line.channel,
            line.variant,
            line.state,
            line.reason,
            line.errcode,
            line.attempts,
            line.benefit,
            *(None if at is None else at.isoformat() for at in (line.due_at, line.dispatched_at, line.opened_at)),
        ]


def _difference(found: lift.Difference | None, *, scale: int) -> DifferenceOut | None:
    if found is None:
        return None
    return DifferenceOut(value=round(found.value * scale), low=round(found.low * scale), high=round(found.high * scale))


def _side(arm: lift.Arm) -> SideOut:
    return SideOut(people=arm.people, bought=arm.bought, spent_fen=arm.spent_fen)
