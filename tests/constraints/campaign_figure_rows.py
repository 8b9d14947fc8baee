"""One row of each table of campaigns' figures, fine as it stands beside the world."""

from tests.constraints.campaign_rows import CAMPAIGN
from tests.constraints.violation import LATER, NOON, Row, Value

_NOTHING = (
    "targeted",
    "reachable",
    "sent",
    "in_doubt",
    "opened",
    "given",
    "redeemers",
    "redemptions",
    "buyers",
    "orders",
    "revenue_fen",
    "message_cost_fen",
    "coupon_cost_fen",
    "points_given",
    "points_cost_fen",
    "bought",
    "spent_fen",
    "spent_squared",
)


def count(**changes: Value) -> Row:
    """Counted, and to be counted again."""
    row: Row = {"campaign_id": CAMPAIGN, "counted_at": NOON, "next_at": LATER, "window_days": 7}
    return row | changes


def figure(**changes: Value) -> Row:
    """Ten people, five of whom got something."""
    row: Row = {"campaign_id": CAMPAIGN, "period": "1", "arm": "all", **dict.fromkeys(_NOTHING, 0)}
    return row | {"targeted": 10, "reachable": 8, "sent": 5, "given": 5} | changes
