"""One row of each table of the counter, fine as it stands beside the world."""

from tests.constraints.coupon_rows import COUPON, VISIT
from tests.constraints.rows import ANNA, BILL, CLERK, STORE, taken
from tests.constraints.violation import DAY, LATER, NOON, UUID, Row, Sql, Value

CHECKOUT, REDEMPTION, ATTEMPT = 9821, 9822, 9823


def checkout(number: int, **changes: Value) -> Row:
    """A gift handed over in a visit of that key."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "visit_id": number,
        "store_id": STORE,
        "staff_id": CLERK,
        "bill_fen": 0,
        "coupon_fen": 0,
        "tier_fen": 0,
        "points_fen": 0,
        "points_spent": 0,
        "settled_at": NOON,
        "undo_until": LATER,
    }
    return row | changes


def redemption(number: int, **changes: Value) -> Row:
    """A use at the world's bill of a coupon of that key."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "checkout_id": CHECKOUT,
        "member_id": ANNA,
        "coupon_id": number,
        "use_no": 1,
        "seq": 2,
        "store_id": STORE,
        "staff_id": CLERK,
        "discount_fen": 0,
        "cost_fen": 0,
        "redeemed_at": NOON,
    }
    return row | changes


def attempt(number: int, **changes: Value) -> Row:
    """Something was refused."""
    row: Row = {
        "id": number,
        "store_id": STORE,
        "staff_id": CLERK,
        "coupon_public_ids": Sql("'{}'::uuid[]"),
        "reason": "w",
        "tried_at": NOON,
    }
    return row | changes


def staff_counter(**changes: Value) -> Row:
    """A day of the clerk's."""
    row: Row = {"staff_id": CLERK, "business_date": DAY, "kind": "discount_fen", "used": 1, "cap": 1}
    return row | changes


# Anna's bill, settled with her coupon.
SETTLED = checkout(CHECKOUT, public_id=taken(CHECKOUT), visit_id=VISIT, purchase_id=BILL, bill_fen=1000, coupon_fen=100)
USED = redemption(REDEMPTION, public_id=taken(REDEMPTION), coupon_id=COUPON, seq=1, discount_fen=100, cost_fen=100)
