"""One row of each table of coupons, fine as it stands beside the world."""

from tests.constraints.rows import ANNA, CLERK, STORE
from tests.constraints.violation import DAY, LATER, NOON, UUID, Row, Value

COUPON_TERMS, LIST, BATCH, COUPON, VISIT = 9811, 9812, 9813, 9814, 9815
FAMILY = "00000000-0000-7000-8000-00000000fa31"


def coupon_template(number: int, **changes: Value) -> Row:
    """One yuan off a yuan, three times in a life."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "family_id": UUID,
        "version": 1,
        "name": f"name-{number}",
        "terms": '{"v": 1, "kind": "amount_off", "value_fen": 100, "min_spend_fen": 100, "valid_days": 1, "life_limit": 3}',
        "created_at": NOON,
    }
    return row | changes


def member_list(number: int, **changes: Value) -> Row:
    """A list of nobody yet."""
    row: Row = {"id": number, "public_id": UUID, "name": f"name-{number}", "created_at": NOON}
    return row | changes


_COUNTED: Row = {
    "template_id": COUPON_TERMS,
    "family_id": FAMILY,
    "life_limit": 3,
    "per_member_limit": 2,
    "per_day_limit": 2,
}


def coupon_batch(number: int, **changes: Value) -> Row:
    """Ten copies in one bucket, with money for all of them."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        **_COUNTED,
        "name": f"name-{number}",
        "how": "claim",
        "stock": 10,
        "budget_fen": 1000,
        "min_tier_rank": 0,
        "claim_starts_at": NOON,
        "claim_ends_at": LATER,
        "status": "active",
        "created_at": NOON,
    }
    return row | changes


def bucket(batch_id: int, **changes: Value) -> Row:
    """The whole of a batch."""
    row: Row = {"batch_id": batch_id, "no": 0, **_COUNTED, "stock": 10, "budget_fen": 1000, "is_open": True}
    return row | changes


def coupon(number: int, **changes: Value) -> Row:
    """Anna's second copy."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "public_id": UUID,
        "batch_id": BATCH,
        "bucket_no": 0,
        **_COUNTED,
        "slot": 2,
        "day_slot": 2,
        "life_slot": 2,
        "issued_on": DAY,
        "status": "active",
        "value_fen": 100,
        "uses": 1,
        "source": f"source-{number}",
        "issued_at": NOON,
        "usable_from": NOON,
        "expires_at": LATER,
    }
    return row | changes


def counter_visit(number: int, **changes: Value) -> Row:
    """Anna at the counter, her code scanned by the clerk."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": ANNA,
        "code_step": number,
        "store_id": STORE,
        "staff_id": CLERK,
        "opened_at": NOON,
        "expires_at": LATER,
    }
    return row | changes
