"""Rows of issue runs and revocations, fine as they stand beside the world."""

from tests.constraints.coupon_rows import BATCH
from tests.constraints.rows import CLERK
from tests.constraints.violation import NOON, UUID, Row, Sql, Value

RUN, REVOCATION = 9911, 9921


def issue_run(number: int, **changes: Value) -> Row:
    """To everyone, not begun."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "batch_id": BATCH,
        "audience": "everyone",
        "tier_ids": Sql("'{}'"),
        "state": "planned",
        "after_id": 0,
        "through_id": 10,
        "total": 10,
        "note": "",
        "created_by_id": CLERK,
        "created_at": NOON,
    }
    return row | changes


def revocation(number: int, **changes: Value) -> Row:
    """A whole batch, done."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "scope": "batch",
        "batch_id": BATCH,
        "state": "done",
        "reason": "",
        "expected": 1,
        "created_by_id": CLERK,
        "created_at": NOON,
        "finished_at": NOON,
    }
    return row | changes
