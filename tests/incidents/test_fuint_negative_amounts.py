"""fuint: a negative amount at the till topped a stored-value card up.

Here no amount that a request names may be negative or nothing, at the door and in the service alike; the database refuses what
would come of it. Nothing a member has moves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.errors import LoyaltyError
from app.models import Member
from app.services import points, purchases
from tests.conftest import NOON
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.earning import make_purchase
from tests.factories.members import make_member
from tests.incidents.desk import Desk, standing

Attempt = Callable[[Member, int], object]
UNTIL = NOON + timedelta(minutes=5)


def refund(member: Member, amount: int) -> object:
    bill = make_purchase(member, order_no=f"A{amount}")
    return purchases.refund(bill.id, amount_fen=amount, now=NOON)


ATTEMPTS: dict[str, Attempt] = {
    "bill": lambda m, n: Desk.make().redeem(m, give_coupon(m, min_spend_fen=1_000), bill_fen=n * 100),
    "template": lambda _, n: make_template(value_fen=n),
    "minimum": lambda _, n: make_template(min_spend_fen=n),
    "stock": lambda _, n: make_batch(stock=n, budget_fen=1_000),
    "budget": lambda _, n: make_batch(budget_fen=n),
    "earn": lambda m, n: points.earn(m.id, amount=n, source="x", now=NOON),
    "spend": lambda m, n: points.spend(m.id, amount=n, source="x", now=NOON),
    "hold": lambda m, n: points.hold(m.id, amount=n, source="x", expires_at=UNTIL, now=NOON),
    "refund": refund,
}


@pytest.mark.parametrize("amount", [-1, -50])
@pytest.mark.parametrize("what", ATTEMPTS)
def test_a_negative_amount_moves_nothing(db_session: Session, what: str, amount: int) -> None:
    member = make_member()
    points.earn(member.id, amount=20, source="before", now=NOON)
    before = standing(member)
    # A batch's stock is the door's to check, in its schema; behind it stands a CHECK.
    refusal = IntegrityError if what == "stock" else LoyaltyError
    with pytest.raises(refusal), db_session.begin_nested():
        ATTEMPTS[what](member, amount)
    assert standing(member) == before


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE coupon_bucket SET stock = -1",
        "UPDATE coupon_bucket SET committed_fen = -1000",
        "UPDATE coupon SET value_fen = -1000",
        "UPDATE redemption SET discount_fen = -1000",
        "UPDATE checkout SET coupon_fen = -1000",
        "UPDATE purchase SET discount_fen = -1000",
    ],
)
def test_no_row_says_less_than_nothing(db_session: Session, forged: str) -> None:
    desk, member = Desk.make(), make_member()
    desk.redeem(member, give_coupon(member))
    # By a CHECK, or because such rows do not change at all.
    with pytest.raises(DBAPIError), db_session.begin_nested():
        db_session.execute(text(forged))
