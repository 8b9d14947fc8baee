"""What refuses wrong bills at the counter, uses of coupons, refused attempts and daily limits (I5, I13)."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.counter_rows import (
    ATTEMPT,
    CHECKOUT,
    REDEMPTION,
    attempt,
    checkout,
    redemption,
    staff_counter,
)
from tests.constraints.coupon_rows import COUPON, VISIT, counter_visit, coupon
from tests.constraints.rows import BILL, CLERK, taken
from tests.constraints.violation import LATER, NOBODY, NOON, Sql, Value, Violation, insert, refused

OTHER = 9898
_SCANNED = insert("counter_visit", counter_visit(OTHER))
_SETTLED = insert("checkout", checkout(OTHER))


def _checkout(number: int = OTHER, **changes: Value) -> Violation:
    """With a visit of its own."""
    return refused(_SCANNED, insert("checkout", checkout(number, **{"visit_id": OTHER} | changes)))


def _redemption(number: int = OTHER, **changes: Value) -> Violation:
    """With a coupon of its own."""
    row = redemption(number, **{"coupon_id": OTHER} | changes)
    return refused(insert("coupon", coupon(OTHER)), insert("redemption", row))


def _attempt(number: int = OTHER, **changes: Value) -> Violation:
    return refused(insert("redemption_attempt", attempt(number, **changes)))


def _counted(**changes: Value) -> Violation:
    return refused(insert("staff_counter", staff_counter(**changes)))


_UNDONE = (
    f"UPDATE checkout SET reversed_at = {LATER}, reversed_by_id = {CLERK}, reversal_reason = 'w' WHERE id = {CHECKOUT}"
)
_RETURNED = f"UPDATE redemption SET reversed_at = {LATER}, returned_by = 'undo' WHERE id = {REDEMPTION}"

CHECKOUTS = {
    "ck_checkout_amounts_not_negative": _checkout(coupon_fen=-1),
    "ck_checkout_discounts_within_bill": _checkout(tier_fen=1),
    "ck_checkout_points_pay_something": _checkout(points_spent=1),
    "ck_checkout_bill_has_purchase": _checkout(bill_fen=1),
    "ck_checkout_reversal_has_author_and_reason": _checkout(reversed_at=LATER, reversed_by_id=CLERK),
    "ck_checkout_undo_window_forward": _checkout(settled_at=LATER, undo_until=NOON),
    "fk_checkout_visit_id_counter_visit": _checkout(visit_id=NOBODY),
    "fk_checkout_purchase_id_purchase": _checkout(bill_fen=1, purchase_id=NOBODY),
    "fk_checkout_store_id_store": _checkout(store_id=NOBODY),
    "fk_checkout_staff_id_staff": _checkout(staff_id=NOBODY),
    "fk_checkout_reversed_by_id_staff": _checkout(reversed_at=LATER, reversed_by_id=NOBODY, reversal_reason="w"),
    "pk_checkout": _checkout(CHECKOUT),
    "uq_checkout_public_id": _checkout(public_id=taken(CHECKOUT)),
    "uq_checkout_visit_id": _checkout(visit_id=VISIT),
    "uq_checkout_purchase_id": _checkout(bill_fen=1, purchase_id=BILL),
    "tr_checkout_undone_once": refused(_UNDONE, f"UPDATE checkout SET reversal_reason = 'x' WHERE id = {CHECKOUT}"),
    # What refers to a bill refuses, too.
    "tr_checkout_kept": refused(_SCANNED, _SETTLED, f"DELETE FROM checkout WHERE id = {OTHER}"),
}

REDEMPTIONS = {
    "ck_redemption_discount_not_negative": _redemption(discount_fen=-1),
    "ck_redemption_cost_covers_discount": _redemption(discount_fen=1),
    "ck_redemption_use_no_positive": _redemption(use_no=0),
    "ck_redemption_returned_by_known": _redemption(reversed_at=LATER, returned_by="luck"),
    "fk_redemption_checkout_id_checkout": _redemption(checkout_id=NOBODY),
    "fk_redemption_member_id_coupon_id_coupon": _redemption(coupon_id=NOBODY),
    "fk_redemption_store_id_store": _redemption(store_id=NOBODY),
    "fk_redemption_staff_id_staff": _redemption(staff_id=NOBODY),
    "pk_redemption": _redemption(REDEMPTION),
    "uq_redemption_public_id": _redemption(public_id=taken(REDEMPTION)),
    "uq_redemption_checkout_id_coupon_id": _redemption(coupon_id=COUPON, use_no=2),
    "uq_redemption_live": refused(
        _SCANNED, _SETTLED, insert("redemption", redemption(OTHER, checkout_id=OTHER, coupon_id=COUPON))
    ),
    "tr_redemption_returned_once": refused(
        _RETURNED, f"UPDATE redemption SET reversed_at = NULL, returned_by = NULL WHERE id = {REDEMPTION}"
    ),
    "tr_redemption_kept": refused(f"DELETE FROM redemption WHERE id = {REDEMPTION}"),
}

ATTEMPTS = {
    "fk_redemption_attempt_store_id_store": _attempt(store_id=NOBODY),
    "fk_redemption_attempt_staff_id_staff": _attempt(staff_id=NOBODY),
    "pk_redemption_attempt": _attempt(ATTEMPT),
    "tr_redemption_attempt_as_tried": refused(f"UPDATE redemption_attempt SET reason = 'x' WHERE id = {ATTEMPT}"),
    "tr_redemption_attempt_kept": refused(f"DELETE FROM redemption_attempt WHERE id = {ATTEMPT}"),
}

LIMITS = {
    "ck_staff_counter_kind_known": _counted(kind="luck"),
    "ck_staff_counter_used_within_cap": _counted(used=2),
    "fk_staff_counter_staff_id_staff": _counted(staff_id=NOBODY),
    "pk_staff_counter": refused(*_counted().statements, *_counted(used=0).statements),
}

VIOLATIONS = CHECKOUTS | REDEMPTIONS | ATTEMPTS | LIMITS
UNCHANGED = (
    _checkout(),
    _checkout(bill_fen=0, reversed_at=LATER, reversed_by_id=CLERK, reversal_reason="w"),
    _redemption(),
    _redemption(reversed_at=LATER, returned_by="refund"),
    refused(_UNDONE, _RETURNED),
    _attempt(),
    _attempt(visit_public_id=Sql("gen_random_uuid()"), bill_fen=1),
    _counted(),
)
