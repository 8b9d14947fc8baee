"""litemall: an order with somebody else's coupon, or with one already used or run out, was accepted.

It checked neither owner nor status. Here the member is who was scanned, never who was named; both are in the key and the WHERE
of the statement that uses a coupon."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import errors as e
from app.models import Member
from app.services import coupons
from app.services.wallet import HeldCoupon
from tests.conftest import NOON
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member, sign_in
from tests.factories.staff import sign_in as sign_in_staff
from tests.incidents.desk import Desk, standing, used

LATER = NOON + timedelta(days=2)


def foreign(desk: Desk, member: Member) -> HeldCoupon:
    return give_coupon(make_member(), valid_days=30)


def redeemed(desk: Desk, member: Member) -> HeldCoupon:
    coupon = give_coupon(member)
    desk.redeem(member, coupon, bill_fen=1_000_00)
    return coupon


def lapsed(desk: Desk, member: Member) -> HeldCoupon:
    return give_coupon(member, valid_days=1)


def marked(desk: Desk, member: Member) -> HeldCoupon:
    coupon = give_coupon(member, valid_days=1)
    assert coupons.expire_due(now=LATER, limit=9) == 1
    return coupon


def too_early(desk: Desk, member: Member) -> HeldCoupon:
    return give_coupon(member, start_delay_days=5)


@pytest.mark.parametrize(
    ("had", "refusal"),
    [
        (foreign, e.NotFound),
        (redeemed, e.AlreadyRedeemed),
        (lapsed, e.CouponExpired),
        (marked, e.CouponExpired),
        (too_early, e.CouponNotStarted),
    ],
)
def test_what_is_not_theirs_or_not_good_pays_nothing(
    db_session: Session, now: datetime, had: Callable[[Desk, Member], HeldCoupon], refusal: type[e.LoyaltyError]
) -> None:
    desk, member = Desk.make(), make_member()
    coupon = had(desk, member)
    before, stood = used(coupon), standing(member)
    with pytest.raises(refusal), db_session.begin_nested():
        desk.redeem(member, coupon, now=LATER)
    assert (used(coupon), standing(member)) == (before, stood)


def test_at_the_door_a_foreign_coupon_is_as_unknown_as_none(
    client: FlaskClient, db_session: Session, now: datetime
) -> None:
    desk, member = Desk.make(), make_member()
    theirs = give_coupon(make_member())
    told = []
    for coupon_id in (theirs.public_id, uuid.uuid4()):
        looked = client.get(f"/api/mini/v1/coupons/{coupon_id}", headers=sign_in(member))
        body = {"visit_id": str(desk.visit(member)), "coupon_id": str(coupon_id), "bill_fen": 8_000}
        headers = {**sign_in_staff(desk.clerk, store=desk.store), "Idempotency-Key": str(uuid.uuid4())}
        asked = client.post("/api/store/v1/redemptions", json=body, headers=headers)
        errors = [answer.get_json()["error"] for answer in (looked, asked)]
        told.append([(error["code"], error["message"], error["data"]) for error in errors])
        assert (looked.status_code, asked.status_code) == (404, 404)
    assert told[0] == told[1]
    assert used(theirs) == ("active", 0)
