"""Saleor #544 (2016) and #15855 (2024): a voucher's use was counted although the order failed, or its payment was returned.

Checking and counting were steps of their own beside the order. Here the use, the bill, its points and the audit row are one
transaction: when the last of them fails the first has not happened, and an undo gives the use back with the bill."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.models import Checkout, PointsEntry, Purchase, Redemption
from app.services import audit
from app.transaction import transaction
from tests.concurrency.coupon_calls import EARNED, redeem
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import assert_verified
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member
from tests.incidents.desk import Desk, standing, used


class LineCut(Exception):
    """What comes between the last statement and the commit."""


def test_a_bill_that_fails_at_its_very_end_uses_nothing_up(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with committed_db.session(), transaction():
        desk, member = Desk.make(), make_member()
        coupon, scan = give_coupon(member, uses=2).public_id, {"visit": desk.visit(member), "actor": desk.actor}

    def cut(*_: Any, **__: Any) -> None:
        raise LineCut

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", cut)
        with committed_db.session(), pytest.raises(LineCut), transaction():
            redeem(coupon=coupon, **scan)  # type: ignore[arg-type]
    with committed_db.session() as session:
        for model in (Redemption, Checkout, Purchase, PointsEntry):
            assert session.query(model).count() == 0, model
    assert one(committed_db, "SELECT used FROM coupon") == 0
    # The same scan is still good.
    with committed_db.session(), transaction():
        redeem(coupon=coupon, **scan)  # type: ignore[arg-type]
    assert one(committed_db, "SELECT points_balance FROM member_account") == EARNED
    assert_verified(committed_db)


def test_a_claim_that_fails_at_its_very_end_takes_no_place_in_the_limit(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        member_id, batch = make_member().id, make_batch(stock=1).public_id
    for _ in range(3):
        with committed_db.session(), pytest.raises(LineCut), transaction():
            claim(member_id=member_id, batch=batch)
            raise LineCut
    with committed_db.session(), transaction():
        claim(member_id=member_id, batch=batch)
    assert_verified(committed_db)


def test_a_bill_taken_back_gives_the_use_back(db_session: Session, now: datetime) -> None:
    desk, member = Desk.make(), make_member()
    coupon = give_coupon(member, uses=2)
    first, second = desk.redeem(member, coupon), desk.redeem(member, coupon)
    with pytest.raises(e.AlreadyRedeemed), db_session.begin_nested():
        desk.redeem(member, coupon)
    desk.undo(first)
    assert used(coupon) == ("active", 1)
    desk.redeem(member, coupon)
    assert used(coupon) == ("redeemed", 2)
    desk.undo(second)
    assert standing(member) == (EARNED, 0, EARNED)
