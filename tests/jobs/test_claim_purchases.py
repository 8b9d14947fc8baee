"""The tick that gives members the bills nobody claimed for them: run twice, it finds nothing the second time."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.models import MemberIdentity
from app.services import points, purchases, purchases_waiting
from app.services.purchases import Buyer
from jobs.claim_purchases import claim_purchases
from tests.factories.earning import make_purchase
from tests.factories.members import make_counter_member, make_member, seal


def test_what_was_left_is_claimed_member_by_member(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchases_waiting, "CLAIM_AT_ONCE", 2)
    for n in range(5):
        make_purchase(None, order_no=f"P-{n}", buyer=Buyer(phone_index=seal("13800138000").index))
    make_purchase(None, order_no="E-1", buyer=Buyer(external_id="tm-77"))
    make_purchase(None, order_no="E-2", buyer=Buyer(external_id="nobody"))
    by_phone, by_number = make_counter_member(phone="13800138000"), make_member()
    db_session.add(
        MemberIdentity(member_id=by_number.id, kind="external", app_id="tmall", value="tm-77", linked_at=now)
    )
    # Enrolling took the first two.
    assert points.spendable(by_phone.id, now=now) == 200
    assert [claim_purchases(now=now) for _ in range(2)] == [{"claimed": 4, "failed": 0}, {"claimed": 0, "failed": 0}]
    assert (points.spendable(by_phone.id, now=now), points.spendable(by_number.id, now=now)) == (500, 100)


def test_one_that_fails_keeps_nobody_else(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = purchases.claim
    unlucky, lucky = make_member(), make_member()
    for member, number in ((unlucky, "tm-1"), (lucky, "tm-2")):
        make_purchase(None, buyer=Buyer(external_id=number))
        db_session.add(
            MemberIdentity(member_id=member.id, kind="external", app_id="tmall", value=number, linked_at=now)
        )
    db_session.commit()

    def claim_or_fail(member_id: int, *, now: datetime) -> int:
        if member_id == unlucky.id:
            raise ValueError("the test's own")
        return claim(member_id, now=now)

    monkeypatch.setattr(purchases, "claim", claim_or_fail)
    assert claim_purchases(now=now) == {"claimed": 1, "failed": 1}
    assert points.spendable(lucky.id, now=now) == 100
