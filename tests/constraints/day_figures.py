"""What refuses figures of days that cannot be."""

from tests.constraints import day_figure_rows
from tests.constraints.violation import Value, Violation, insert, refused


def _day(**changes: Value) -> Violation:
    return refused(insert("day_figure", day_figure_rows.day(**changes)))


def _window(**changes: Value) -> Violation:
    return refused(insert("window_figure", day_figure_rows.window(**changes)))


VIOLATIONS = {
    "pk_day_figure": _day(day="2026-11-01"),
    "ck_day_figure_counts_not_negative": _day(check_ins=-1),
    "ck_day_figure_buyers_have_bills": _day(bills=1, buyers=2),
    "ck_day_figure_opened_was_sent": _day(sent=1, opened=2),
    "ck_day_figure_costs_not_negative": _day(coupon_cost_fen=1, payer_fen=2),
    "ck_day_figure_standing_whole": _day(members=1),
    "pk_window_figure": _window(until_on="2026-11-01"),
    "ck_window_figure_days_known": _window(days=8),
    "ck_window_figure_repeat_buyers_are_buyers": _window(repeat_buyers=3),
}
UNCHANGED = (_day(), _window(), _day(points_issued=-5))
