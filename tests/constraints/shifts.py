"""What refuses wrong shifts at the counter."""

from tests.constraints.rows import BOSS, CLERK, STORE, taken
from tests.constraints.violation import LATER, NOBODY, NOON, UUID, Row, Sql, Value, Violation, insert, refused

SHIFT, OTHER = 9831, 9832
BEFORE = Sql("timestamptz '2026-11-20 01:00:00+00'")
CLOSED: Row = {
    "closed_at": LATER,
    **dict.fromkeys(("bills", "undone", "coupons_used", "bill_fen", "coupon_fen", "tier_fen", "points_fen"), 0),
}


def shift(number: int, **changes: Value) -> Row:
    """An open shift of the boss's."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "store_id": STORE,
        "staff_id": BOSS,
        "opened_at": NOON,
        "note": "",
        "reply": "",
    }
    return row | changes


def _shift(number: int = OTHER, **changes: Value) -> Violation:
    return refused(insert("shift", shift(number, **changes)))


def _closed(**changes: Value) -> Violation:
    return refused(insert("shift", shift(OTHER, **CLOSED | changes)))


VIOLATIONS = {
    "ck_shift_interval_forward": _closed(closed_at=BEFORE),
    "ck_shift_closed_with_figures": _closed(bills=None),
    "ck_shift_figures_not_negative": _closed(counted_fen=-1),
    "ck_shift_discounts_within_bills": _closed(coupon_fen=1),
    "ck_shift_counted_when_closed": _shift(counted_fen=1),
    "ck_shift_acknowledged_by_somebody": _closed(acknowledged_at=LATER),
    "ck_shift_acknowledged_after_close": _shift(acknowledged_at=LATER, acknowledged_by_id=CLERK),
    "ck_shift_acknowledged_by_another": _closed(acknowledged_at=LATER, acknowledged_by_id=BOSS),
    "fk_shift_store_id_store": _shift(store_id=NOBODY),
    "fk_shift_staff_id_staff": _shift(staff_id=NOBODY),
    "fk_shift_acknowledged_by_id_staff": _closed(acknowledged_at=LATER, acknowledged_by_id=NOBODY),
    "pk_shift": _shift(SHIFT),
    "uq_shift_public_id": _shift(public_id=taken(SHIFT)),
    "uq_shift_open": _shift(staff_id=CLERK),
}
UNCHANGED = (
    _shift(),
    _closed(bills=1, bill_fen=1000, coupon_fen=100, counted_fen=900),
    _closed(acknowledged_at=LATER, acknowledged_by_id=CLERK, reply="w"),
)
# The clerk's, open.
OPEN = shift(SHIFT, public_id=taken(SHIFT), staff_id=CLERK)
