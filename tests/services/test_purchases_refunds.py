"""Money given back: in parts, once per number, never above what was paid; and points and growth with it (I13)."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.errors import LoyaltyError, PurchaseNotRefundable, RefundAbovePaid, RefundNumberReused
from app.models import Purchase
from app.services import points, purchases, tiers
from tests.conftest import NOON
from tests.factories.earning import make_purchase, make_rule
from tests.factories.members import make_member


def balance(member_id: int) -> tuple[int, int, int]:
    summary = points.summary(member_id, now=NOON)
    return summary.spendable, summary.owed, tiers.standing(member_id).growth_value


def test_parts_take_back_their_share_rounded_in_the_shops_favour(db_session: Session) -> None:
    member = make_member()
    bill = make_purchase(member, paid_fen=9_990)
    receipt = purchases.refund(bill.id, amount_fen=10, refund_no="R1", now=NOON)
    # A tenth of a yuan costs a whole point.
    assert (receipt.points_taken_back, receipt.growth_taken_back, receipt.is_new) == (1, 1, True)
    assert (receipt.refund.amount_fen, receipt.purchase.refunded_fen, receipt.purchase.status) == (10, 10, "paid")
    purchases.refund(bill.id, amount_fen=3_320, refund_no="R2", now=NOON)
    assert balance(member.id) == (66, 0, 66)
    last = purchases.refund(bill.id, refund_no="R3", now=NOON)
    assert (last.refund.amount_fen, last.purchase.status) == (6_660, "refunded")
    assert balance(member.id) == (0, 0, 0)
    assert [one.refund_no for one in purchases.list_refunds(bill.id)] == ["R1", "R2", "R3"]


def test_a_refund_after_spending_leaves_a_debt(db_session: Session) -> None:
    member = make_member()
    bill = make_purchase(member)
    points.spend(member.id, amount=80, source="gift", now=NOON)
    purchases.refund(bill.id, amount_fen=5_000, refund_no="R1", now=NOON)
    assert balance(member.id) == (0, 30, 50)
    make_purchase(member, paid_fen=4_000)
    assert balance(member.id) == (10, 0, 90)


def test_a_refund_number_counts_once(db_session: Session) -> None:
    member = make_member()
    bill = make_purchase(member)
    first = purchases.refund(bill.id, amount_fen=5_000, refund_no="R1", now=NOON)
    again = purchases.refund(bill.id, amount_fen=5_000, refund_no="R1", now=NOON)
    assert (again.refund.id, again.is_new) == (first.refund.id, False)
    assert balance(member.id) == (50, 0, 50)
    # Also when all was given back since.
    purchases.refund(bill.id, now=NOON)
    assert purchases.refund(bill.id, amount_fen=5_000, refund_no="R1", now=NOON).refund.id == first.refund.id
    assert not purchases.refund(bill.id, now=NOON).is_new


REFUSED: list[tuple[list[dict[str, Any]], dict[str, Any], type[LoyaltyError], dict[str, Any]]] = [
    # refunds before, the refund asked for, the refusal
    (
        [],
        {"amount_fen": 10_001, "refund_no": "R1"},
        RefundAbovePaid,
        {"paid_fen": 10_000, "refunded_fen": 0, "requested_fen": 10_001},
    ),
    (
        [{"amount_fen": 6_000, "refund_no": "R1"}],
        {"amount_fen": 4_001, "refund_no": "R2"},
        RefundAbovePaid,
        {"paid_fen": 10_000, "refunded_fen": 6_000, "requested_fen": 4_001},
    ),
    (
        [{"amount_fen": 6_000, "refund_no": "R1"}],
        {"amount_fen": 4_000, "refund_no": "R1"},
        RefundNumberReused,
        {"refund_no": "R1"},
    ),
    ([{}], {"amount_fen": 1, "refund_no": "R1"}, PurchaseNotRefundable, {"status": "refunded"}),
    (
        [],
        {"amount_fen": -1, "refund_no": "R1"},
        RefundAbovePaid,
        {"paid_fen": 10_000, "refunded_fen": 0, "requested_fen": -1},
    ),
]


@pytest.mark.parametrize(("before", "asked", "refusal", "data"), REFUSED)
def test_what_cannot_be_given_back_changes_nothing(
    db_session: Session,
    before: list[dict[str, Any]],
    asked: dict[str, Any],
    refusal: type[LoyaltyError],
    data: dict[str, Any],
) -> None:
    member = make_member()
    bill = make_purchase(member)
    for one in before:
        purchases.refund(bill.id, **one, now=NOON)
    held = balance(member.id)
    with pytest.raises(refusal) as refused:
        purchases.refund(bill.id, **asked, now=NOON)
    assert refused.value.data == data
    assert balance(member.id) == held


def test_a_voided_bill_frees_its_number_and_is_not_refundable(db_session: Session) -> None:
    member = make_member()
    bill = make_purchase(member, order_no="A-1")
    purchases.refund(bill.id, amount_fen=1_000, refund_no="R1", now=NOON)
    for _ in range(2):
        assert purchases.void(bill.id, now=NOON).status == "voided"
    assert balance(member.id) == (0, 0, 0)
    with pytest.raises(PurchaseNotRefundable) as refused:
        purchases.refund(bill.id, amount_fen=1, refund_no="R2", now=NOON)
    assert refused.value.data == {"status": "voided"}
    corrected = make_purchase(member, order_no="A-1", paid_fen=5_000)
    assert corrected.id != bill.id
    assert purchases.find_by_order("tmall", "A-1") == corrected
    purchases.refund(corrected.id, now=NOON)
    # An order that was given back keeps its number.
    assert purchases.void(corrected.id, now=NOON).status == "refunded"


def test_voiding_a_bill_a_coupon_paid_whole_takes_its_bonus_back(db_session: Session) -> None:
    make_rule("first", kind="fixed", amount=20, nth_purchase=1)
    member = make_member()
    bill = make_purchase(member, paid_fen=0, discount_fen=5_000)
    assert balance(member.id) == (20, 0, 0)
    with pytest.raises(RefundAbovePaid):
        purchases.refund(bill.id, now=NOON)
    purchases.void(bill.id, now=NOON)
    assert balance(member.id) == (0, 0, 0)
    assert db_session.get_one(Purchase, bill.id).refunded_fen == 0
