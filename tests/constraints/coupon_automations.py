"""What refuses wrong exchanges, automations and owed coupons, and batches for clerks that are none."""

from tests.constraints.automation_rows import AUTOMATION, EXCHANGE, coupon_automation, coupon_exchange, coupon_owed
from tests.constraints.coupon_rows import COUPON, coupon
from tests.constraints.coupons import _batch
from tests.constraints.rows import ANNA, CLERK, DORA, EARNED, SPENT, taken
from tests.constraints.violation import LATER, NOBODY, NOON, Row, Value, Violation, insert, refused

# Another coupon and another entry, so that an exchange of its own stands beside the world's.
_COUPON = insert("coupon", coupon(9898))
_FREE: Row = {"coupon_id": 9898, "entry_id": EARNED}
_RETURNED: Row = {"state": "returned", "returned_at": LATER, "returned_by_id": CLERK, "return_reason": "x"}


def _exchange(number: int = 9899, **changes: Value) -> Violation:
    return refused(_COUPON, insert("coupon_exchange", coupon_exchange(number) | _FREE | changes))


def _returned(**changes: Value) -> Violation:
    return refused(_COUPON, insert("coupon_exchange", coupon_exchange(9899) | _FREE | _RETURNED | changes))


def _automation(number: int = 9899, **changes: Value) -> Violation:
    return refused(insert("coupon_automation", coupon_automation(number, **changes)))


def _owed(**changes: Value) -> Violation:
    return refused(insert("coupon_owed", coupon_owed(**changes)))


VIOLATIONS = {
    "ck_coupon_batch_clerks_issue_what_is_issued": _batch(clerk_can_issue=True),
    "ck_coupon_exchange_points_positive": _exchange(points=0),
    "ck_coupon_exchange_state_known": _exchange(state="lost"),
    "ck_coupon_exchange_return_has_author_and_reason": _returned(return_reason=None),
    "fk_coupon_exchange_member_id_coupon_id_coupon": _exchange(coupon_id=NOBODY),
    "fk_coupon_exchange_paid_by_id_entry_id_points_entry": _exchange(entry_id=NOBODY),
    "fk_coupon_exchange_returned_by_id_staff": _returned(returned_by_id=NOBODY),
    "pk_coupon_exchange": _exchange(EXCHANGE),
    "uq_coupon_exchange_public_id": _exchange(public_id=taken(EXCHANGE)),
    # A coupon is paid for once, and a spending pays for one.
    "uq_coupon_exchange_member_id_coupon_id": _exchange(coupon_id=COUPON),
    "uq_coupon_exchange_paid_by_id_entry_id": _exchange(entry_id=SPENT),
    "ck_coupon_automation_event_known": _automation(event="luck"),
    "ck_coupon_automation_interval_forward": _automation(ends_at=NOON),
    "fk_coupon_automation_batch_id_coupon_batch": _automation(batch_id=NOBODY),
    "fk_coupon_automation_created_by_id_staff": _automation(created_by_id=NOBODY),
    "pk_coupon_automation": _automation(AUTOMATION, name="other"),
    "uq_coupon_automation_name": _automation(name=f"name-{AUTOMATION}"),
    "uq_coupon_automation_public_id": _automation(public_id=taken(AUTOMATION)),
    "ck_coupon_owed_state_known": _owed(state="lost", ended_at=LATER),
    "ck_coupon_owed_ended_has_time": _owed(ended_at=LATER),
    "ck_coupon_owed_reason_told": _owed(state="unavailable", ended_at=LATER),
    "fk_coupon_owed_automation_id_coupon_automation": _owed(automation_id=NOBODY),
    "fk_coupon_owed_member_id_member_account": _owed(member_id=DORA),
    # Once per automation and occurrence.
    "pk_coupon_owed": _owed(member_id=ANNA),
}
UNCHANGED = (
    _batch(how="issue", clerk_can_issue=True),
    _exchange(),
    _returned(),
    _automation(),
    _automation(ends_at=None),
    _owed(),
    _owed(state="unavailable", reason="refunded", ended_at=LATER),
)
