"""Odoo #257854: a refund kept the points, so buying and giving back in a loop minted them.

Here a refund takes back the share that was earned, an undo all of it, of a bill with a coupon no less than of one without; and
a bill given back is not given back a second time by undoing it, or the other way round."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.errors import LoyaltyError
from app.extensions import db
from app.models import Checkout, Redemption
from app.services import purchases
from tests.conftest import NOON
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member
from tests.incidents.desk import Desk, standing

Return = Callable[[Desk, Redemption], None]
ROUNDS = 12


def undone(desk: Desk, redemption: Redemption) -> None:
    desk.undo(redemption.public_id)


def refunded(desk: Desk, redemption: Redemption) -> None:
    bill = db.session.get_one(Checkout, redemption.checkout_id)
    purchases.refund(bill.purchase_id or 0, now=NOON)


def in_parts(desk: Desk, redemption: Redemption) -> None:
    bill = db.session.get_one(Checkout, redemption.checkout_id)
    for number, fen in enumerate((1, 3_333, 3_666)):
        purchases.refund(bill.purchase_id or 0, amount_fen=fen, refund_no=f"R{number}", now=NOON)


def refunded_then_undone(desk: Desk, redemption: Redemption) -> None:
    refunded(desk, redemption)
    with suppress(LoyaltyError):
        undone(desk, redemption)


def undone_then_refunded(desk: Desk, redemption: Redemption) -> None:
    undone(desk, redemption)
    with pytest.raises(LoyaltyError):
        refunded(desk, redemption)


@pytest.mark.parametrize("back", [undone, refunded, in_parts, refunded_then_undone, undone_then_refunded])
def test_buying_and_giving_back_leaves_nothing(db_session: Session, now: datetime, back: Return) -> None:
    desk, member = Desk.make(), make_member()
    batch = make_batch(make_template(value_fen=1_000, min_spend_fen=5_000), per_member_limit=ROUNDS)
    for _ in range(ROUNDS):
        public_id = desk.redeem(member, give_coupon(member, batch=batch))
        assert standing(member) == (70, 0, 70)
        back(desk, db_session.query(Redemption).filter_by(public_id=public_id).one())
        assert standing(member) == (0, 0, 0)
