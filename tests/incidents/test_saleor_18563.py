"""Saleor #18563: "once per customer" was kept by e-mail address; with another address the same person was a new customer.

Here whoever proves the same phone is one member, and what both memberships had counts for the one who stays: nobody loses a
coupon by being one person, and nobody gets a further one. A used one stays used."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors as e
from app.models import Coupon, Member
from app.services import coupons, merges
from tests.concurrency.identity_calls import PHONE, bind
from tests.conftest import NOON
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_counter_member, make_member
from tests.incidents.desk import Desk


def become_one(second: Member) -> int:
    """The second identity proves the first one's phone."""
    return bind(member_id=second.id)


LIMITS = pytest.mark.parametrize(
    ("life", "limits"),
    [({}, {}), ({"life_limit": 1}, {"per_member_limit": 9}), ({}, {"per_member_limit": 9, "per_day_limit": 1})],
    ids=["batch", "life", "day"],
)


@LIMITS
def test_another_identity_opens_no_further_copy(
    db_session: Session, now: datetime, life: dict[str, Any], limits: dict[str, Any]
) -> None:
    first, second = make_counter_member(phone=PHONE), make_member()
    batch = make_batch(make_template(**life), **limits)
    for member in (first, second):
        give_coupon(member, batch=batch)
    kept = become_one(second)
    assert kept == first.id
    held = select(func.count()).select_from(Coupon).where(Coupon.member_id == kept)
    assert db_session.scalar(held) == 2
    for member_id in (kept, merges.resolve(second.id)):
        with pytest.raises(e.ClaimLimitReached):
            coupons.claim(member_id, batch_public_id=batch.public_id, now=NOON)
    assert db_session.scalar(held) == 2


@LIMITS
def test_a_limit_used_up_by_one_identity_is_used_up_for_the_other(
    db_session: Session, now: datetime, life: dict[str, Any], limits: dict[str, Any]
) -> None:
    first, second = make_counter_member(phone=PHONE), make_member()
    batch = make_batch(make_template(**life), **limits)
    coupon = give_coupon(second, batch=batch)
    desk = Desk.make()
    desk.redeem(second, coupon)
    kept = become_one(second)
    with pytest.raises(e.ClaimLimitReached):
        coupons.claim(kept, batch_public_id=batch.public_id, now=NOON)
    with pytest.raises(e.AlreadyRedeemed), db_session.begin_nested():
        desk.redeem(first, coupon)
