"""A day at the counter: what it came to, and its bills as a table."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response

from app.paging import Page, walk
from app.services import checkout_lists, counter_days, programmes
from app.services.checkout_lists import ToldCheckout
from blueprints import csv_out
from blueprints.csv_out import Cell
from blueprints.identity import allow, current_staff, now
from blueprints.schemas.coupons import in_english
from blueprints.schemas.shifts import DayOut, DayQuery

bp = APIBlueprint("counter_days", __name__, tag="counter")

MAX_LIMIT = 100
CHINESE = (
    "时间",
    "会员",
    "手机",
    "账单(分)",
    "券减(分)",
    "等级减(分)",
    "积分抵(分)",
    "实付(分)",
    "券",
    "单号",
    "店员",
    "撤销原因",
)
ENGLISH = (
    "Time",
    "Member",
    "Phone",
    "Bill (fen)",
    "Coupons (fen)",
    "Tier (fen)",
    "Points (fen)",
    "Paid (fen)",
    "Coupons used",
    "Order",
    "Clerk",
    "Undone because",
)


@bp.get("/day")
@bp.input(DayQuery, location="query")
@bp.output(DayOut)
@allow("clerk", "manager")
def show(query_data: DayQuery) -> DayOut:
    """What a business date came to at this store; of my bills alone with `mine`."""
    return DayOut.of(counter_days.day_of(_store(), on=_date(query_data), staff_id=_whose(query_data)))


@bp.get("/day.csv")
@bp.input(DayQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("clerk", "manager")
def download(query_data: DayQuery) -> Response:
    """The same bills as a table, newest first."""
    on = _date(query_data)
    store_id, staff_id = _store(), _whose(query_data)

    def page(after: tuple[datetime, int] | None) -> Page[ToldCheckout]:
        return checkout_lists.list_of_day(store_id, on=on, staff_id=staff_id, after=after, limit=MAX_LIMIT)

    rows = _rows(walk(page), zone=ZoneInfo(programmes.get().zone))
    return csv_out.answer(f"counter-{on.isoformat()}.csv", header=ENGLISH if in_english() else CHINESE, rows=rows)


def _rows(told: Iterator[ToldCheckout], *, zone: ZoneInfo) -> Iterator[tuple[Cell, ...]]:
    for one in told:
        bill = one.checkout
        yield (
            bill.settled_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            one.member_nickname,
            one.phone_masked,
            bill.bill_fen,
            bill.coupon_fen,
            bill.tier_fen,
            bill.points_fen,
            bill.bill_fen - bill.coupon_fen - bill.tier_fen - bill.points_fen,
            "、".join(used.coupon_name for used in one.coupons),
            one.order_no,
            one.staff_name,
            bill.reversal_reason,
        )


def _store() -> int:
    return current_staff().store_id or 0


def _date(query: DayQuery) -> date:
    return query.on or programmes.business_date(now())


def _whose(query: DayQuery) -> int | None:
    return current_staff().id if query.mine else None
