"""One row of each table of days' figures, fine as it stands beside the world."""

from tests.constraints.violation import NOON, Row, Value

_COUNTS = (
    "new_members",
    "bills",
    "buyers",
    "revenue_fen",
    "check_ins",
    "points_issued",
    "points_spent",
    "points_expired",
    "coupons_issued",
    "redemptions",
    "coupon_cost_fen",
    "payer_fen",
    "tier_fen",
    "points_fen",
    "sent",
    "opened",
    "message_cost_fen",
)


def day(**changes: Value) -> Row:
    """A day on which nothing happened."""
    row: Row = {"day": "2026-11-02", "counted_at": NOON, **dict.fromkeys(_COUNTS, 0)}
    return row | changes


def window(**changes: Value) -> Row:
    """Two who bought in a week, one of them twice."""
    row: Row = {"until_on": "2026-11-02", "days": 7, "counted_at": NOON, "buyers": 2, "repeat_buyers": 1}
    return row | changes
