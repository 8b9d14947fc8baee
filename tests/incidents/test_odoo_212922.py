"""Odoo #212922: one refund took the points off twice.

Here what a bill gives back is counted against what it earned, whoever asks and how often: a refund sent three times, in parts,
with an undo after it, of a bill paid with a coupon, takes its points once and leaves no debt."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Purchase
from app.services import points, purchases
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk, standing


def test_the_points_of_a_bill_go_once(db_session: Session, now: datetime) -> None:
    desk, member = Desk.make(), make_member()
    points.earn(member.id, amount=1_000, source="before", now=now)
    desk.redeem(member, give_coupon(member))
    bill = db_session.query(Purchase).one()
    assert standing(member) == (1_070, 0, 70)
    first = [purchases.refund(bill.id, amount_fen=3_500, refund_no="R1", now=now) for _ in range(3)]
    assert [receipt.is_new for receipt in first] == [True, False, False]
    assert standing(member) == (1_035, 0, 35)
    for _ in range(3):
        purchases.refund(bill.id, amount_fen=3_500, refund_no="R2", now=now)
    assert standing(member) == (1_000, 0, 0)
    purchases.void(bill.id, now=now)
    assert standing(member) == (1_000, 0, 0)
