"""The dashboard's figures as cards and charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup

from blueprints.pages import charts, shell
from blueprints.pages.words import Pair, number, percent, t, yuan

SPANS = {"7": Pair("7 天", "7 days"), "30": Pair("30 天", "30 days"), "90": Pair("90 天", "90 days")}
Goals = dict[str, Any]
Write = Callable[[int | None], str]


@dataclass(frozen=True)
class Goal:
    """A figure of the goals: what it is called, how it is written, whether more of it is better (None: neither)."""

    name: Pair
    key: str
    write: Write = number
    is_better: bool | None = True
    has_days: bool = True
    note: Pair | None = None
    page: str | None = None


GOALS = (
    Goal(Pair("新会员", "New members"), "new_members"),
    Goal(
        Pair("消费会员", "Members who bought"),
        "buyers",
        has_days=False,
        note=Pair("期间内至少消费一次", "at least once in the period"),
    ),
    Goal(
        Pair("复购率", "Repeat purchase rate"),
        "repeat_bp",
        percent,
        has_days=False,
        note=Pair("消费会员中消费两次及以上", "of those who bought, more than once"),
    ),
    Goal(Pair("会员消费", "Members’ revenue"), "revenue_fen", yuan),
    Goal(Pair("会员订单", "Members’ bills"), "bills"),
    Goal(Pair("签到", "Check-ins"), "check_ins"),
    Goal(Pair("发出优惠券", "Coupons issued"), "coupons_issued"),
    Goal(Pair("核销次数", "Coupons used"), "redemptions"),
    Goal(
        Pair("核销率", "Redemption rate"),
        "redemption_bp",
        percent,
        has_days=False,
        note=Pair("同期核销 ÷ 同期发出", "used against issued in the same days"),
    ),
    Goal(Pair("发出积分", "Points issued"), "points_issued", is_better=None),
    Goal(Pair("使用积分", "Points spent"), "points_spent"),
    Goal(Pair("到期积分", "Points expired"), "points_expired", is_better=None),
    Goal(Pair("发送消息", "Messages sent"), "sent", is_better=None),
    Goal(Pair("打开率", "Opened"), "opened_bp", percent, has_days=False),
    Goal(
        Pair("项目成本", "Programme cost"),
        "cost_fen",
        yuan,
        is_better=None,
        note=Pair("优惠、抵扣与消息，扣除他人承担", "discounts, points off bills and messages, less what others pay"),
    ),
    Goal(Pair("成本占消费", "Cost of revenue"), "cost_bp", percent, is_better=None, has_days=False),
)
TODAY = ("new_members", "bills", "revenue_fen", "redemptions", "check_ins", "sent")
COSTS: tuple[tuple[Pair, Callable[[Goals], int]], ...] = (
    (
        Pair("优惠券（门店承担）", "Coupons, the shop’s share"),
        lambda goals: goals["coupon_cost_fen"] - goals["payer_fen"],
    ),
    (Pair("等级优惠", "Tier discounts"), lambda goals: goals["tier_fen"]),
    (Pair("积分抵扣", "Points off bills"), lambda goals: goals["points_fen"]),
    (Pair("消息", "Messages"), lambda goals: goals["message_cost_fen"]),
)


@dataclass(frozen=True)
class Card:
    """One figure beside what it was; `change` in basis points of what it was."""

    name: Pair
    value: str
    before: str
    change: int | None
    spark: Markup | None
    note: Pair | None = None
    href: str | None = None


@dataclass(frozen=True)
class Chart:
    """A drawn chart and its table."""

    title: str
    drawn: Markup
    heads: list[str]
    rows: list[list[str]]


def cards(found: dict[str, Any]) -> list[Card]:
    """What stands, then what happened."""
    current, previous = found["current"]["goals"], found["previous"]["goals"]
    return [*_standing(found), *(_card(goal, current, previous, found["days"]) for goal in GOALS)]


def today(found: dict[str, Any]) -> list[tuple[Pair, str]]:
    """Today so far; nothing before the first count."""
    told = found["today"]["goals"]
    if told is None:
        return []
    known = {goal.key: goal for goal in GOALS}
    return [(known[key].name, known[key].write(told[key])) for key in TODAY]


def charts_of(found: dict[str, Any]) -> list[Chart]:
    """Money, points, cost, and what is owed in points."""
    days = [day for day in found["days"] if day["goals"] is not None]
    if not days:
        return []
    standing = _newest_standing(found)
    return [
        _by_day(
            t("每日会员消费与项目成本（元）", "Members’ revenue and programme cost by day (yuan)"),
            days,
            {t("会员消费", "Revenue"): "revenue_fen", t("项目成本", "Cost"): "cost_fen"},
            yuan,
        ),
        _by_day(
            t("每日积分", "Points by day"),
            days,
            {
                t("发出", "Issued"): "points_issued",
                t("使用", "Spent"): "points_spent",
                t("到期", "Expired"): "points_expired",
            },
            number,
        ),
        _costs(found),
        *([] if standing is None else [liability(standing["liability"])]),
    ]


def liability(months: Sequence[dict[str, Any]]) -> Chart:
    """Points owed by the month in which they run out."""
    title = t("积分负债（按到期月份）", "Points liability by month of expiry")
    labels = [month["month"] or t("永久有效", "Never") for month in months]
    drawn = charts.bars(
        labels, {t("积分", "Points"): [month["points"] for month in months]}, title=title, nonce=shell.nonce()
    )
    rows = [
        [label, number(month["points"]), yuan(month["value_fen"])] for label, month in zip(labels, months, strict=True)
    ]
    return Chart(title, drawn, [t("到期月份", "Month of expiry"), t("积分", "Points"), t("价值", "Worth")], rows)


def _standing(found: dict[str, Any]) -> list[Card]:
    now, before = _newest_standing(found), found["previous"]["standing"]
    if now is None:
        return []
    return [
        Card(
            Pair("会员总数", "Members"),
            number(now["members"]),
            number(before and before["members"]),
            _change(now["members"], before and before["members"]),
            None,
        ),
        Card(
            Pair("积分负债", "Points liability"),
            yuan(now["liability_fen"]),
            yuan(before and before["liability_fen"]),
            None,
            None,
            Pair("会员手中可用积分的价值", "what members’ points are worth"),
            url_for("console_pages.reports.liability"),
        ),
    ]


def _newest_standing(found: dict[str, Any]) -> dict[str, Any] | None:
    newest: dict[str, Any] | None = found["today"]["standing"] or found["current"]["standing"]
    return newest


def _card(goal: Goal, current: Goals, previous: Goals, days: list[dict[str, Any]]) -> Card:
    value, before = current[goal.key], previous[goal.key]
    is_share = goal.write is percent
    return Card(
        name=goal.name,
        value=goal.write(value),
        before=goal.write(before),
        change=None if is_share or goal.is_better is None else _change(value, before),
        spark=_spark(goal, days) if goal.has_days else None,
        note=goal.note,
    )


def _spark(goal: Goal, days: list[dict[str, Any]]) -> Markup | None:
    known = [(day["day"], day["goals"][goal.key]) for day in days if day["goals"] is not None]
    if len(known) < 2:
        return None
    (first, low), (last, high) = known[0], known[-1]
    title = t(
        "{name}：{first} 为 {low}，{last} 为 {high}",
        "{name}: {low} on {first}, {high} on {last}",
        name=goal.name,
        first=first,
        low=goal.write(low),
        last=last,
        high=goal.write(high),
    )
    return charts.spark([value for _, value in known], title=title)


def _change(value: int | None, before: int | None) -> int | None:
    return None if value is None or not before else (value - before) * 10_000 // before


def _by_day(title: str, days: list[dict[str, Any]], series: dict[str, str], write: Write) -> Chart:
    labels = [f"{date.fromisoformat(day['day']):%m-%d}" for day in days]
    share = 100 if write is yuan else 1
    drawn = charts.lines(
        labels,
        {name: [day["goals"][key] / share for day in days] for name, key in series.items()},
        title=title,
        nonce=shell.nonce(),
    )
    rows = [[day["day"], *(write(day["goals"][key]) for key in series.values())] for day in days]
    return Chart(title, drawn, [t("日期", "Date"), *series], rows)


def _costs(found: dict[str, Any]) -> Chart:
    title = t("项目成本构成", "What the programme cost")
    current, previous = found["current"]["goals"], found["previous"]["goals"]
    now, before = t("本期", "This period"), t("上期", "Before")
    names = [str(name) for name, _ in COSTS]
    drawn = charts.bars(
        names,
        {now: [of(current) / 100 for _, of in COSTS], before: [of(previous) / 100 for _, of in COSTS]},
        title=title,
        nonce=shell.nonce(),
    )
    rows = [[str(name), yuan(of(current)), yuan(of(previous))] for name, of in COSTS]
    rows.append([t("合计", "Total"), yuan(current["cost_fen"]), yuan(previous["cost_fen"])])
    return Chart(title, drawn, [t("项目", "What"), now, before], rows)
