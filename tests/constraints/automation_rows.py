"""One row of each table of exchanges and automations, fine as it stands beside the world."""

from tests.constraints.coupon_rows import BATCH, COUPON
from tests.constraints.rows import ANNA, BERT, SPENT
from tests.constraints.violation import LATER, NOON, UUID, Row, Value

EXCHANGE, AUTOMATION = 9821, 9822


def coupon_exchange(number: int, **changes: Value) -> Row:
    """Anna's coupon for what she spent."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": ANNA,
        "coupon_id": COUPON,
        "paid_by_id": ANNA,
        "entry_id": SPENT,
        "points": 30,
        "state": "done",
        "exchanged_at": NOON,
    }
    return row | changes


def coupon_automation(number: int, **changes: Value) -> Row:
    """A welcome."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "name": f"name-{number}",
        "event": "joined",
        "batch_id": BATCH,
        "conditions": "{}",
        "is_active": True,
        "starts_at": NOON,
        "ends_at": LATER,
        "created_at": NOON,
    }
    return row | changes


def coupon_owed(**changes: Value) -> Row:
    """Bert's, still due."""
    row: Row = {
        "member_id": BERT,
        "automation_id": AUTOMATION,
        "occurrence": "joined",
        "state": "due",
        "due_at": NOON,
    }
    return row | changes
