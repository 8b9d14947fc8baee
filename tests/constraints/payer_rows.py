"""One row of each table of payers, fine as it stands beside the world."""

from tests.constraints.violation import NOON, UUID, Row, Sql, Value

PAYER, SETTLEMENT = 9831, 9832
# Until when the world's payer is settled.
_CLOSED_UNTIL = f"{NOON} - interval '10 days'"
CLOSED = Sql(f"{NOON} - interval '15 days'")


def at(days: int) -> Sql:
    """So many days after the end of the closed period."""
    return Sql(f"{_CLOSED_UNTIL} + interval '{days} days'")


def payer(number: int, **changes: Value) -> Row:
    """A supplier."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "code": f"code-{number}",
        "name": f"name-{number}",
        "kind": "supplier",
        "is_active": True,
        "created_at": NOON,
    }
    return row | changes


def settlement(number: int, **changes: Value) -> Row:
    """Five days after the period that is closed; nothing was used in them."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "payer_id": PAYER,
        "first_on": "2026-11-10",
        "until_on": "2026-11-15",
        "starts_at": at(0),
        "ends_at": at(5),
        "follows_at": at(0),
        "redeemed": 0,
        "returned": 0,
        "discount_fen": 0,
        "cost_fen": 0,
        "payer_fen": 0,
        "closed_at": NOON,
    }
    return row | changes


FIRST: Row = {"starts_at": at(-10), "ends_at": at(0), "follows_at": None}
