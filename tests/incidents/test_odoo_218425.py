"""Odoo #218425: a coupon's "maximum usage" was compared when it was laid on an order, not when the order was confirmed.

Laid on many open orders it went through on all of them. Here a scan promises nothing by itself: each confirmation takes one
numbered use, and there are as many numbers as uses."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.models import Redemption
from app.services import wallet
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk, used


@pytest.mark.parametrize("uses", [1, 2])
def test_a_coupon_laid_on_five_open_bills_pays_for_as_many_as_it_has_uses(
    db_session: Session, now: datetime, uses: int
) -> None:
    member = make_member()
    coupon = give_coupon(member, uses=uses)
    open_bills = [(desk, desk.visit(member)) for desk in (Desk.make() for _ in range(5))]
    for desk, _ in open_bills:
        seen = wallet.list_usable(member.id, store_code=desk.store.code, now=now)
        assert [one.id for one in seen] == [coupon.id]
    for desk, visit in open_bills[:uses]:
        desk.redeem(member, coupon, visit=visit)
    for desk, visit in open_bills[uses:]:
        with pytest.raises(e.AlreadyRedeemed), db_session.begin_nested():
            desk.redeem(member, coupon, visit=visit)
    assert used(coupon) == ("redeemed", uses)
    numbers = [one.use_no for one in db_session.query(Redemption).order_by(Redemption.use_no)]
    assert numbers == list(range(1, uses + 1))
