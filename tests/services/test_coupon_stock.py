"""Stock in buckets, limits by day, batch and life, and which version of the terms a batch gives."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import CouponBatch, MemberList, MemberListEntry
from app.rules.coupon_buckets import BUCKETS
from app.services import (
    coupon_batches,
    coupon_offers,
    coupon_stock,
    coupon_templates,
    coupons,
    points,
    programmes,
    revocations,
)
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.issue_runs import marketer
from tests.factories.members import make_member

SYSTEM = Actor.system()
TERMS = {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30}


def shares(session: Session, batch: CouponBatch) -> list[tuple[int, int]]:
    query = text("SELECT stock, issued FROM coupon_bucket WHERE batch_id = :b ORDER BY no")
    return [(row.stock, row.issued) for row in session.execute(query, {"b": batch.id})]


def test_a_crowded_batch_is_spread_and_the_last_copy_is_found_wherever_it_lies(
    db_session: Session, now: datetime
) -> None:
    batch = make_batch(stock=1_000)
    assert [stock for stock, _ in shares(db_session, batch)] == [63] * 8 + [62] * 8
    # All but one bucket run dry: whatever the dice say, the last three copies are given, and not one more.
    drained = text(
        "UPDATE coupon_bucket SET issued = stock - CASE WHEN no = 11 THEN 3 ELSE 0 END,"
        " committed_fen = (stock - CASE WHEN no = 11 THEN 3 ELSE 0 END) * 1000 WHERE batch_id = :b"
    )
    db_session.execute(drained, {"b": batch.id})
    for _ in range(3):
        assert give_coupon(make_member(), batch=batch).is_new
    with pytest.raises(e.BatchExhausted):
        give_coupon(make_member(), batch=batch)
    assert shares(db_session, batch)[11] == (62, 62)


def test_topping_up_reaches_every_bucket(db_session: Session, now: datetime) -> None:
    batch = make_batch(stock=1_600)
    db_session.execute(
        text("UPDATE coupon_bucket SET issued = stock, committed_fen = budget_fen WHERE batch_id = :b"), {"b": batch.id}
    )
    with pytest.raises(e.BatchExhausted):
        give_coupon(make_member(), batch=batch)
    coupon_batches.change(batch.public_id, stock=1_616, budget_fen=1_616_000, actor=SYSTEM, now=now)
    assert shares(db_session, batch) == [(101, 100)] * BUCKETS
    assert give_coupon(make_member(), batch=batch).is_new
    # Copies without the money for them are no copies.
    coupon_batches.change(batch.public_id, stock=1_601, actor=SYSTEM, now=now)
    coupon_batches.change(batch.public_id, stock=2_000, budget_fen=1_601_000, actor=SYSTEM, now=now)
    with pytest.raises(e.BudgetExhausted):
        give_coupon(make_member(), batch=batch)


def test_a_paused_batch_has_closed_buckets(db_session: Session, now: datetime) -> None:
    batch = make_batch()
    coupon_batches.change(batch.public_id, status="paused", actor=SYSTEM, now=now)
    query = text("SELECT bool_or(is_open) FROM coupon_bucket WHERE batch_id = :b")
    assert db_session.scalar(query, {"b": batch.id}) is False
    # A claim that read the batch before it was paused finds the bucket shut.
    db_session.execute(text("UPDATE coupon_batch SET status = 'active' WHERE id = :b"), {"b": batch.id})
    with pytest.raises(e.LoyaltyError):
        give_coupon(make_member(), batch=batch)
    db_session.execute(text("UPDATE coupon_batch SET status = 'paused' WHERE id = :b"), {"b": batch.id})
    coupon_batches.change(batch.public_id, status="active", actor=SYSTEM, now=now)
    assert give_coupon(make_member(), batch=batch).is_new


def test_one_a_day_three_in_all(db_session: Session, now: datetime) -> None:
    member, batch = make_member(), make_batch(per_member_limit=3, per_day_limit=1, ends_at=now + timedelta(days=9))
    for day in range(3):
        at = now + timedelta(days=day)
        assert give_coupon(member, batch=batch, now=at).is_new
        with pytest.raises(e.ClaimLimitReached) as refused:
            give_coupon(member, batch=batch, now=at)
        limit = {"per_member_limit": 1, "per": "day"} if day < 2 else {"per_member_limit": 3, "per": "batch"}
        assert refused.value.data == limit
        (offer,) = coupon_offers.list_offers(member.id, after=None, limit=9, now=at).items
        assert (offer.state, offer.remaining_claims) == ("limit_reached", 0)
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(member, batch=batch, now=now + timedelta(days=4))


def test_a_limit_for_life_counts_over_batches_and_versions(db_session: Session, now: datetime) -> None:
    template = make_template(life_limit=2)
    revised = coupon_templates.revise(
        template.public_id, terms={**TERMS, "life_limit": 2, "value_fen": 900}, actor=SYSTEM, now=now
    )
    first, second, third = make_batch(template), make_batch(template), make_batch(revised)
    member = make_member()
    given = give_coupon(member, batch=first)
    give_coupon(member, batch=third)
    with pytest.raises(e.ClaimLimitReached) as refused:
        give_coupon(member, batch=second)
    assert refused.value.data == {"per_member_limit": 2, "per": "life"}
    # A coupon that expires or is taken back does not come back as a claim.
    revocations.revoke_one(given.public_id, reason="x", actor=marketer(), now=now)
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(member, batch=second)


def test_terms_change_by_version_and_a_batch_follows_until_a_coupon_is_out(db_session: Session, now: datetime) -> None:
    template = make_template()
    batch = make_batch(template, per_member_limit=5)
    dearer = coupon_templates.revise(template.public_id, terms={**TERMS, "value_fen": 2000}, actor=SYSTEM, now=now)
    assert (dearer.version, dearer.family_id, dearer.name) == (2, template.family_id, template.name)
    same = coupon_templates.revise(template.public_id, terms={**TERMS, "value_fen": 2000}, actor=SYSTEM, now=now)
    assert same.id == dearer.id
    # Without a word from anybody a batch gives what it was printed with.
    other = make_batch(template)
    coupon_batches.change(batch.public_id, template_public_id=dearer.public_id, actor=SYSTEM, now=now)
    db_session.expire_all()
    assert give_coupon(make_member(), batch=batch).value_fen == 2000
    assert give_coupon(make_member(), batch=other).value_fen == 1000
    with pytest.raises(e.TemplateInUse):
        coupon_batches.change(batch.public_id, template_public_id=template.public_id, actor=SYSTEM, now=now)
    with pytest.raises(e.InvalidInput):
        coupon_batches.change(make_batch().public_id, template_public_id=template.public_id, actor=SYSTEM, now=now)


def test_a_dearer_version_leaves_fewer_copies_in_the_same_budget(db_session: Session, now: datetime) -> None:
    template = make_template()
    batch = make_batch(template, stock=4)
    dearer = coupon_templates.revise(template.public_id, terms={**TERMS, "value_fen": 2000}, actor=SYSTEM, now=now)
    coupon_batches.change(batch.public_id, template_public_id=dearer.public_id, actor=SYSTEM, now=now)
    db_session.expire_all()
    for _ in range(2):
        give_coupon(make_member(), batch=batch)
    with pytest.raises(e.BudgetExhausted):
        give_coupon(make_member(), batch=batch)
    assert coupon_stock.given_by([batch.id])[batch.id].committed_fen == 4_000


def test_many_uses_commit_the_money_of_all_of_them(db_session: Session, now: datetime) -> None:
    batch = make_batch(make_template(uses=5), stock=2, budget_fen=9_000)
    assert give_coupon(make_member(), batch=batch).uses == 5
    with pytest.raises(e.BudgetExhausted):
        give_coupon(make_member(), batch=batch)


def test_a_list_is_for_who_is_on_it(db_session: Session, now: datetime) -> None:
    named, other = make_member(), make_member()
    listed = MemberList(name="常客", created_at=now)
    db_session.add(listed)
    db_session.flush()
    db_session.add(MemberListEntry(list_id=listed.id, member_id=named.id))
    batch = make_batch(member_list_public_id=listed.public_id)
    assert [len(coupon_offers.list_offers(who.id, after=None, limit=9, now=now).items) for who in (named, other)] == [
        1,
        0,
    ]
    assert give_coupon(named, batch=batch).is_new
    with pytest.raises(e.AudienceMismatch):
        give_coupon(other, batch=batch)
    with pytest.raises(e.NotFound):
        make_batch(member_list_public_id=batch.public_id)


@pytest.mark.parametrize(
    ("terms", "usable_from", "expires_at"),
    [
        ({"valid_days": 1}, "2026-11-20T10:00:00+08:00", "2026-11-22T00:00:00+08:00"),
        ({"valid_days": 7, "start_delay_days": 1}, "2026-11-21T00:00:00+08:00", "2026-11-29T00:00:00+08:00"),
        ({"valid_days": None, "valid_until": "2026-12-31"}, "2026-11-20T10:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        (
            {"valid_days": None, "valid_from": "2026-12-01", "valid_until": "2026-12-31"},
            "2026-12-01T00:00:00+08:00",
            "2027-01-01T00:00:00+08:00",
        ),
        (
            {"valid_days": None, "valid_from": "2026-11-01", "valid_until": "2026-11-20"},
            "2026-11-20T10:00:00+08:00",
            "2026-11-21T00:00:00+08:00",
        ),
    ],
)
def test_when_a_copy_can_be_used(
    db_session: Session, now: datetime, terms: dict[str, object], usable_from: str, expires_at: str
) -> None:
    coupon = give_coupon(make_member(), batch=make_batch(make_template(**terms)))  # type: ignore[arg-type]
    assert (coupon.usable_from, coupon.expires_at) == (
        datetime.fromisoformat(usable_from),
        datetime.fromisoformat(expires_at),
    )
    # The rule that tells it in words and the statement that gives it agree.
    first, last = coupon.terms.usable_days(issued_on=now.date())
    assert (first, last) == (programmes.business_date(coupon.usable_from), coupon.last_day)


def test_a_validity_that_is_over_gives_nothing(db_session: Session, now: datetime) -> None:
    batch = make_batch(make_template(valid_days=None, valid_until="2026-11-19"))  # type: ignore[arg-type]
    with pytest.raises(e.BatchNotOpen):
        give_coupon(make_member(), batch=batch)


def test_a_merge_counts_days_and_lives_together(db_session: Session, now: datetime) -> None:
    kept, merged = make_member(), make_member()
    batch = make_batch(make_template(life_limit=3), per_member_limit=9, per_day_limit=2)
    for who in (kept, merged, merged):
        give_coupon(who, batch=batch)
    for member_id in sorted((kept.id, merged.id)):
        points.lock_account(member_id)
    assert coupons.move_all(merged.id, kept.id, now=now) == 2
    query = text("SELECT slot, day_slot, life_slot FROM coupon WHERE member_id = :m ORDER BY slot")
    rows = [tuple(row) for row in db_session.execute(query, {"m": kept.id})]
    assert rows == [(1, 1, 1), (2, 2, 2), (3, None, 3)]
    with pytest.raises(e.ClaimLimitReached):
        give_coupon(kept, batch=batch, now=now + timedelta(days=1))
