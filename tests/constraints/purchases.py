"""What refuses wrong bills, refunds, earning rules, earnings and corrections by hand."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.rows import (
    ADJUSTMENT,
    BILL,
    CARL,
    CLERK,
    EARNING,
    REFUND,
    RULE,
    VERSION,
    adjustment,
    earning,
    earning_rule_version,
    purchase,
    purchase_line,
    purchase_refund,
    taken,
)
from tests.constraints.violation import LATER, NOBODY, NOON, UUID, Row, Sql, Value, Violation, insert, refused


def _bill(number: int = 6099, *, paid: int = 100, **changes: Value) -> Violation:
    """With the line it needs to add up."""
    line = purchase_line(number, line_no=1, amount_fen=paid)
    return refused(insert("purchase", purchase(number, **changes)), insert("purchase_line", line))


def _line(**changes: Value) -> Violation:
    return refused(insert("purchase_line", purchase_line(BILL, **changes)))


# The bill knows of the fen given back.
_KNOWN = f"UPDATE purchase SET refunded_fen = refunded_fen + 1 WHERE id = {BILL}"


def _refund(number: int = 7099, **changes: Value) -> Violation:
    return refused(_KNOWN, insert("purchase_refund", purchase_refund(number, **changes)))


def _rule(number: int = 8099, **changes: Value) -> Violation:
    row: Row = {
        "id": number,
        "public_id": UUID,
        "code": f"code-{number}",
        "event": "purchase",
        "ledger": "points",
        "created_at": NOON,
    }
    return refused(insert("earning_rule", row | changes))


def _version(number: int = 8199, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("earning_rule_version", earning_rule_version(number, **changes)), without=without)


def _earning(number: int = 8299, **changes: Value) -> Violation:
    return refused(insert("earning", earning(number, **changes)))


def _adjustment(number: int = 8399, **changes: Value) -> Violation:
    return refused(insert("adjustment", adjustment(number, **changes)))


BILLS = {
    "ck_purchase_bill_positive": _bill(bill_fen=0, paid=0),
    "ck_purchase_discount_in_range": _bill(discount_fen=-1, paid=101),
    "ck_purchase_refunded_in_full": _bill(status="refunded"),
    "ck_purchase_refunds_within_paid": refused(
        *_bill(refunded_fen=101).statements,
        insert("purchase_refund", purchase_refund(7099, purchase_id=6099, amount_fen=101)),
    ),
    "ck_purchase_status_known": _bill(status="lost"),
    "ck_purchase_waiting_has_no_member": _bill(status="waiting"),
    "fk_purchase_member_id_member": _bill(member_id=NOBODY),
    "fk_purchase_store_id_store": _bill(store_id=NOBODY),
    "pk_purchase": refused(insert("purchase", purchase(BILL, order_no="other", bill_fen=1000, refunded_fen=100))),
    "uq_purchase_order": _bill(order_no=str(BILL)),
    "uq_purchase_public_id": _bill(public_id=taken(BILL)),
    "tr_purchase_adds_up": refused(insert("purchase", purchase(6099))),
    "tr_purchase_only_active": _bill(member_id=CARL),
    "ck_purchase_line_amount_not_negative": refused(
        insert("purchase_line", purchase_line(BILL, line_no=98, amount_fen=-1)),
        insert("purchase_line", purchase_line(BILL, line_no=99, amount_fen=1)),
    ),
    "ck_purchase_line_quantity_positive": _line(quantity=0),
    "fk_purchase_line_purchase_id_purchase": refused(insert("purchase_line", purchase_line(NOBODY))),
    "pk_purchase_line": _line(line_no=1),
    "tr_purchase_line_adds_up": _line(amount_fen=5),
    "tr_purchase_line_append_only": refused("UPDATE purchase_line SET category = 'other'"),
    "ck_purchase_refund_amount_positive": refused(insert("purchase_refund", purchase_refund(7099, amount_fen=0))),
    "fk_purchase_refund_purchase_id_purchase": refused(
        insert("purchase_refund", purchase_refund(7099, purchase_id=NOBODY))
    ),
    "pk_purchase_refund": _refund(REFUND, refund_no="other"),
    "uq_purchase_refund_public_id": _refund(public_id=taken(REFUND)),
    "uq_purchase_refund_purchase_id_refund_no": _refund(refund_no=str(REFUND)),
    "tr_purchase_refund_adds_up": refused(insert("purchase_refund", purchase_refund(7099))),
    "tr_purchase_refund_append_only": refused("UPDATE purchase_refund SET refund_no = 'other'"),
}

RULES = {
    "ck_earning_rule_event_known": _rule(event="luck"),
    "ck_earning_rule_ledger_known": _rule(ledger="luck"),
    "pk_earning_rule": _rule(RULE),
    "uq_earning_rule_code": _rule(code="w"),
    "uq_earning_rule_public_id": _rule(public_id=taken(RULE)),
    "tr_earning_rule_append_only": refused(f"UPDATE earning_rule SET event = 'joined' WHERE id = {RULE}"),
    "ck_earning_rule_version_version_positive": _version(version=0),
    # Backwards there is no range to compare either.
    "ck_earning_rule_version_interval_forward": _version(
        ends_at=Sql(f"{NOON} - interval '11 days'"), without=("ex_earning_rule_version_no_overlap",)
    ),
    "ex_earning_rule_version_no_overlap": _version(starts_at=NOON, ends_at=LATER),
    "fk_earning_rule_version_created_by_id_staff": _version(created_by_id=NOBODY),
    "fk_earning_rule_version_rule_id_earning_rule": _version(rule_id=NOBODY),
    "pk_earning_rule_version": _version(VERSION, version=8199),
    "uq_earning_rule_version_rule_id_version": _version(version=VERSION),
    "tr_earning_rule_version_only_ends": refused(f"UPDATE earning_rule_version SET name = 'x' WHERE id = {VERSION}"),
}

EARNINGS = {
    "ck_earning_amount_positive": _earning(amount=0),
    "ck_earning_taken_back_in_range": _earning(taken_back=11),
    "fk_earning_member_id_member_account": _earning(member_id=NOBODY),
    "fk_earning_rule_id_earning_rule": _earning(rule_id=NOBODY),
    "fk_earning_rule_version_id_earning_rule_version": _earning(rule_version_id=NOBODY),
    "pk_earning": _earning(EARNING, source="other"),
    "uq_earning_member_id_rule_id_source": _earning(source=f"source-{EARNING}"),
    "tr_earning_only_active": _earning(member_id=CARL),
    "tr_earning_only_taken_back": refused(f"UPDATE earning SET taken_back = 1 WHERE id = {EARNING}"),
}

ADJUSTMENTS = {
    "ck_adjustment_amount_not_zero": _adjustment(amount=0),
    "ck_adjustment_decision_whole": _adjustment(needs_approval=True),
    "ck_adjustment_ledger_known": _adjustment(ledger="luck"),
    "ck_adjustment_reason_known": _adjustment(reason_code="luck"),
    "ck_adjustment_reason_told": _adjustment(reason="abc"),
    "ck_adjustment_second_person": _adjustment(needs_approval=True, decided_by_id=CLERK, decided_at=LATER),
    "ck_adjustment_state_known": _adjustment(state="lost"),
    "ck_adjustment_waiting_needs_approval": _adjustment(state="waiting"),
    "fk_adjustment_decided_by_id_staff": _adjustment(needs_approval=True, decided_by_id=NOBODY, decided_at=LATER),
    "fk_adjustment_member_id_member_account": _adjustment(member_id=NOBODY),
    "fk_adjustment_requested_by_id_staff": _adjustment(requested_by_id=NOBODY),
    "pk_adjustment": _adjustment(ADJUSTMENT),
    "uq_adjustment_public_id": _adjustment(public_id=taken(ADJUSTMENT)),
}

VIOLATIONS = BILLS | RULES | EARNINGS | ADJUSTMENTS
