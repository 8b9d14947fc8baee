"""Claiming, issuing, expiring and merging coupons, one caller at a time."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Coupon, CouponBatch
from app.services import coupon_batches, coupon_stock, coupons, growth, points, revocations, wallet
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.issue_runs import marketer
from tests.factories.members import make_member
from tests.factories.staff import make_staff

SYSTEM = Actor.system()


def given_by(batch: CouponBatch) -> tuple[int, int]:
    taken = coupon_stock.given_by([batch.id])[batch.id]
    return taken.issued, taken.committed_fen


def test_a_claim_counts_stock_and_budget(db_session: Session, now: datetime) -> None:
    member = make_member()
    batch = make_batch(make_template(value_fen=1000, min_spend_fen=5000, valid_days=30))
    coupon = coupons.claim(member.id, batch_public_id=batch.public_id, now=now)
    assert (coupon.is_new, coupon.status, coupon.value_fen, coupon.terms.min_spend_fen) == (True, "active", 1000, 5000)
    # To the end of the thirtieth day after today, Shanghai time.
    assert coupon.expires_at == datetime(2026, 12, 20, 16, 0, tzinfo=UTC)
    assert given_by(batch) == (1, 1000)
    assert wallet.get(member.id, public_id=coupon.public_id, now=now).name == coupon.name


@pytest.mark.parametrize(
    ("printed", "code", "data"),
    [
        ({"ends_at": -1}, "batch_not_open", "claim_ends_at"),
        ({"starts_at": 1}, "batch_not_open", "claim_starts_at"),
        ({"how": "issue"}, "batch_not_open", "how"),
        ({"how": "birthday"}, "batch_not_open", "how"),
        ({"min_tier_rank": 2}, "audience_mismatch", "tier"),
        ({"status": "paused"}, "batch_not_open", "status"),
        ({"status": "closed"}, "batch_not_open", "status"),
        ({"used_up": True}, "batch_exhausted", None),
        ({"spent": True}, "budget_exhausted", None),
    ],
)
def test_a_claim_is_refused_with_its_reason(
    db_session: Session, now: datetime, printed: dict[str, Any], code: str, data: str | None
) -> None:
    member = make_member()
    status, used_up, spent = (printed.pop(key, None) for key in ("status", "used_up", "spent"))
    window: dict[str, Any] = {
        key: now + timedelta(hours=printed.pop(key)) for key in ("starts_at", "ends_at") if key in printed
    }
    batch = make_batch(now=now - timedelta(days=2), **printed, **({"ends_at": now + timedelta(days=2)} | window))
    if status:
        coupon_batches.change(batch.public_id, status=status, actor=SYSTEM, now=now)
    if used_up or spent:
        give_coupon(make_member(), batch=batch)
        changes: dict[str, Any] = {"stock": 1} if used_up else {"budget_fen": 1999}
        coupon_batches.change(batch.public_id, actor=SYSTEM, now=now, **changes)
    before = given_by(batch)
    with pytest.raises(e.LoyaltyError) as refused:
        coupons.claim(member.id, batch_public_id=batch.public_id, now=now)
    assert refused.value.code == code
    assert data is None or data in refused.value.data
    assert given_by(batch) == before
    assert wallet.count_by_tab(member.id, now=now) == {"active": 0, "redeemed": 0, "expired": 0}


def test_the_window_is_half_open(db_session: Session, now: datetime) -> None:
    batch = make_batch(starts_at=now, ends_at=now + timedelta(hours=1), per_member_limit=5)
    member = make_member()
    coupons.claim(member.id, batch_public_id=batch.public_id, now=now)
    coupons.claim(member.id, batch_public_id=batch.public_id, now=now + timedelta(minutes=59, seconds=59))
    for outside in (timedelta(seconds=-1), timedelta(hours=1)):
        with pytest.raises(e.BatchNotOpen):
            coupons.claim(member.id, batch_public_id=batch.public_id, now=now + outside)


def test_a_tier_opens_its_batch(db_session: Session, now: datetime) -> None:
    batch, member = make_batch(min_tier_rank=1), make_member()
    with pytest.raises(e.AudienceMismatch) as refused:
        coupons.claim(member.id, batch_public_id=batch.public_id, now=now)
    assert refused.value.data == {"tier": "银卡会员", "tier_en": "Silver"}
    growth.add(member.id, amount=200, source="test", now=now)
    assert coupons.claim(member.id, batch_public_id=batch.public_id, now=now).is_new


def test_unknown_batch_and_unknown_member(db_session: Session, now: datetime) -> None:
    with pytest.raises(e.NotFound):
        coupons.claim(make_member().id, batch_public_id=uuid.uuid4(), now=now)
    batch = make_batch(how="issue")
    with pytest.raises(e.NotFound):
        coupons.issue(987654321, batch_id=batch.id, source="issue:1", now=now, actor=SYSTEM)
    with pytest.raises(e.NotFound):
        coupons.issue(make_member().id, batch_id=987654321, source="issue:1", now=now, actor=SYSTEM)


def test_the_limit_counts_copies_for_life_and_loses_no_slot(db_session: Session, now: datetime) -> None:
    member, batch = make_member(), make_batch(per_member_limit=3, stock=10)
    first = give_coupon(member, batch=batch)
    second = give_coupon(member, batch=batch)
    # One is expired, one revoked: neither frees its slot, and neither stands in the way of the third.
    db_session.execute(text("UPDATE coupon SET status = 'expired' WHERE id = :id"), {"id": first.id})
    revocations.revoke_one(second.public_id, reason="x", actor=marketer(), now=now)
    third = give_coupon(member, batch=batch)
    assert third.is_new
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(member, batch=batch)
    # A gap (here made by hand) is filled, not jumped over.
    db_session.execute(text("UPDATE coupon SET slot = NULL WHERE id = :id"), {"id": first.id})
    assert (
        db_session.scalar(text("SELECT slot FROM coupon WHERE id = :id"), {"id": give_coupon(member, batch=batch).id})
        == 1
    )


def test_an_issue_repeats_its_first_coupon(db_session: Session, now: datetime) -> None:
    member, batch = make_member(), make_batch(how="birthday", per_member_limit=5)
    marketer = make_staff("marketer")
    actor = Actor(kind="staff", id=marketer.id, role="marketer")
    first = coupons.issue(member.id, batch_id=batch.id, source="birthday:3:2026", now=now, actor=actor, note="补发")
    coupon_batches.change(batch.public_id, status="closed", actor=SYSTEM, now=now)
    again = coupons.issue(member.id, batch_id=batch.id, source="birthday:3:2026", now=now, actor=actor)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.public_id == first.public_id
    assert given_by(batch)[0] == 1
    audited = db_session.query(AuditEntry).filter_by(action="coupon.issue").all()
    assert [entry.details["note"] for entry in audited] == ["补发"]


def test_issuing_needs_a_batch_made_for_it(db_session: Session, now: datetime) -> None:
    with pytest.raises(e.BatchNotOpen) as refused:
        coupons.issue(make_member().id, batch_id=make_batch(how="claim").id, source="issue:1", now=now, actor=SYSTEM)
    assert refused.value.data == {"how": "claim"}


def test_expiry_marks_only_what_is_due_and_a_repeat_changes_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    short, long = give_coupon(member, valid_days=1), give_coupon(member, valid_days=2)
    assert coupons.expire_due(now=short.expires_at - timedelta(microseconds=1), limit=10) == 0
    assert coupons.expire_due(now=short.expires_at, limit=10) == 1
    assert coupons.expire_due(now=short.expires_at, limit=10) == 0
    assert wallet.get(member.id, public_id=long.public_id, now=now).status == "active"
    assert wallet.get(member.id, public_id=short.public_id, now=now).status == "expired"


def test_a_merge_moves_every_coupon_into_free_slots_or_none(db_session: Session, now: datetime) -> None:
    kept, merged = make_member(), make_member()
    shared, own = make_batch(per_member_limit=3), make_batch(per_member_limit=1)
    for holder in (kept, kept, merged, merged):
        give_coupon(holder, batch=shared)
    give_coupon(merged, batch=own)
    yearly = make_batch(how="birthday", per_member_limit=5)
    for member in (kept, merged):
        coupons.issue(member.id, batch_id=yearly.id, source="birthday:3:2026", now=now, actor=SYSTEM)
    for member_id in sorted((kept.id, merged.id)):
        points.lock_account(member_id)

    assert coupons.move_all(merged.id, kept.id, now=now) == 4

    assert db_session.query(Coupon).filter_by(member_id=merged.id).count() == 0
    slots = db_session.scalars(
        text("SELECT slot FROM coupon WHERE member_id = :m AND batch_id = :b ORDER BY slot NULLS LAST"),
        {"m": kept.id, "b": shared.id},
    ).all()
    assert list(slots) == [1, 2, 3, None]
    # Both had this year's gift: one person keeps both coupons, but gets no third.
    again = coupons.issue(kept.id, batch_id=yearly.id, source="birthday:3:2026", now=now, actor=SYSTEM)
    assert not again.is_new
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(kept, batch=shared)
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(kept, batch=own)
