"""The expiry tick: late, early or twice, the same state."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.models import Coupon
from jobs import expire_coupons as job
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member


def test_it_works_in_chunks_and_a_repeat_finds_nothing(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK", 2)
    member = make_member()
    batch = make_batch(make_template(valid_days=1), per_member_limit=5)
    for _ in range(5):
        give_coupon(member, batch=batch)
    lasting = give_coupon(member, valid_days=9)
    later = now + timedelta(days=3)
    assert job.expire_coupons(now=now) == {"expired": 0}
    assert job.expire_coupons(now=later) == {"expired": 5}
    assert job.expire_coupons(now=later) == {"expired": 0}
    assert [coupon.id for coupon in db_session.query(Coupon).filter_by(status="active")] == [lasting.id]


def test_one_run_is_bounded(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "CHUNK", 1)
    monkeypatch.setattr(job, "MAX_CHUNKS", 2)
    batch = make_batch(make_template(valid_days=1))
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    later = now + timedelta(days=3)
    assert [job.expire_coupons(now=later)["expired"] for _ in range(3)] == [2, 1, 0]
