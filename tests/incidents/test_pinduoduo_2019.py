"""Pinduoduo, 20 January 2019: vouchers worth tens of millions of yuan were taken in about ten hours.

An expired coupon printed for one television show could still be claimed, by anybody, without limit (Reuters, NBD, Global Times).
Here window, audience, limit, stock and budget are in the statement that gives a copy, again at the counter where they can
lapse, and a batch without stock or budget cannot be printed; a pause reaches every worker with the next claim."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import errors as e
from app.extensions import db
from app.models import CouponBatch, Member, MemberList, MemberListEntry
from app.services import coupon_batch_figures, coupons
from app.transaction import transaction
from tests.concurrency.coupon_calls import change
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member
from tests.factories.staff import make_staff, sign_in
from tests.incidents.desk import Desk, used

VALUE_FEN = 10_000


def private(guests: list[Member], **options: Any) -> CouponBatch:
    """A hundred yuan off a hundred, for the audience of one show."""
    show = MemberList(name=f"节目现场 {uuid.uuid4()}", created_at=NOON)
    db.session.add(show)
    db.session.flush()
    db.session.add_all(MemberListEntry(list_id=show.id, member_id=guest.id) for guest in guests)
    template = make_template(value_fen=VALUE_FEN, min_spend_fen=VALUE_FEN, valid_days=1)
    batch = make_batch(template, member_list_public_id=show.public_id, **options)
    db.session.flush()
    return batch


def test_a_private_coupon_is_for_its_audience_in_its_window_within_its_limit(
    db_session: Session, now: datetime
) -> None:
    guest, stranger = make_member(), make_member()
    batch = private([guest])
    with pytest.raises(e.AudienceMismatch):
        coupons.claim(stranger.id, batch_public_id=batch.public_id, now=now)
    coupon = coupons.claim(guest.id, batch_public_id=batch.public_id, now=now)
    with pytest.raises(e.ClaimLimitReached):
        coupons.claim(guest.id, batch_public_id=batch.public_id, now=now)
    # The show is over: neither to be had any more, nor to be used.
    late = now + timedelta(days=400)
    with pytest.raises(e.LoyaltyError) as refused:
        coupons.claim(make_late_guest(batch), batch_public_id=batch.public_id, now=late)
    assert refused.value.code == e.BatchNotOpen.code
    with pytest.raises(e.CouponExpired):
        Desk.make().redeem(guest, coupon, bill_fen=VALUE_FEN, now=late)
    assert used(coupon)[1] == 0
    assert coupon_batch_figures.tell(batch).issued == 1


def make_late_guest(batch: CouponBatch) -> int:
    guest = make_member()
    db.session.add(MemberListEntry(list_id=batch.member_list_id, member_id=guest.id))
    db.session.flush()
    return guest.id


def test_the_whole_night_costs_no_more_than_the_budget(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        guests, farm = [make_member() for _ in range(6)], [make_member() for _ in range(6)]
        batch = private(guests, stock=1_000, per_member_limit=3, budget_fen=5 * VALUE_FEN)
    calls = [call(claim, member_id=member.id, batch=batch.public_id) for member in [*guests, *farm] * 4]
    counted = tally(racers.run(committed_db, calls))
    assert counted["ok"] == 5
    assert counted["audience_mismatch"] == 24
    assert one(committed_db, "SELECT sum(value_fen * uses) FROM coupon") == 5 * VALUE_FEN
    assert_verified(committed_db)


def test_a_pause_reaches_every_worker_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        members = [make_member() for _ in range(16)]
        batch = make_batch(stock=1_000)
    claims = [call(claim, member_id=member.id, batch=batch.public_id) for member in members]
    # Every process has seen the batch open before.
    assert tally(racers.run(committed_db, claims[:8])) == {"ok": 8}
    racers.run(committed_db, [call(change, batch=batch.public_id, status="paused")])
    assert tally(racers.run(committed_db, claims[8:])) == {"batch_not_open": 8}


@pytest.mark.parametrize("missing", ["stock", "budget_fen"])
def test_nobody_prints_without_a_bound(client: FlaskClient, db_session: Session, now: datetime, missing: str) -> None:
    body = {
        "template_id": str(make_template().public_id),
        "name": "无限券",
        "how": "claim",
        "stock": 10,
        "budget_fen": 100_000,
        "per_member_limit": 1,
        "claim_starts_at": "2026-11-20T00:00:00+08:00",
        "claim_ends_at": "2026-11-30T00:00:00+08:00",
    }
    headers = {**sign_in(make_staff("marketer")), "Idempotency-Key": "k"}
    url = "/api/console/v1/coupon-batches"
    for value in (None, 0, -1):
        refused = client.post(url, json=body | {missing: value}, headers=headers)
        assert refused.status_code in (400, 422), refused.text
    del body[missing]
    assert client.post(url, json=body, headers=headers).status_code in (400, 422)
    assert db_session.query(CouponBatch).count() == 0
    # Nor does anybody take the bound away behind our back.
    batch = make_batch()
    with pytest.raises(IntegrityError), db_session.begin_nested():
        db_session.execute(update(CouponBatch).where(CouponBatch.id == batch.id).values({missing: None}))
