"""Two become one: nothing is lost, nothing doubled, and nothing new reaches the one who left."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actor import Actor
from app.database_errors import constraint_name
from app.models import AuditEntry, IdempotencyKey, Member, MemberMerge, MessageTemplate, Staff, SubscriptionGrant
from app.services import (
    check_ins,
    consents,
    contacts,
    growth,
    identities,
    merges,
    points,
    purchases,
    sessions,
    tiers,
    verification,
    wallet,
)
from app.transaction import transaction
from app.wiring import parts
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.channels import give_email
from tests.factories.coupons import give_coupon, make_batch, open_visit
from tests.factories.members import make_counter_member, make_member, seal
from tests.factories.staff import make_staff, make_store

PHONE = "13800138000"


def merge(first: Member, second: Member, *, now: datetime = NOON) -> Member:
    merges.lock_accounts(first.id, second.id)
    locked = merges.lock_members(first.id, second.id)
    return merges.merge(locked[first.id], locked[second.id], phone=None, reason="phone", actor=Actor.system(), now=now)


def rows(session: Session, sql: str, **values: Any) -> list[Any]:
    return [tuple(row) for row in session.execute(text(sql), values)]


def test_the_older_membership_stays_whoever_asks(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE, nickname=""), make_member(nickname="小雨", birthday=(2, 29))
    newer.zone = "Asia/Tokyo"
    kept = merge(newer, older)
    assert kept.id == older.id
    assert (kept.nickname, kept.birth_month, kept.birth_day, kept.phone_masked) == ("小雨", 2, 29, "138****8000")
    assert kept.zone == "Asia/Tokyo"
    assert (newer.status, newer.merged_into_id, newer.phone_index) == ("merged", older.id, None)
    assert merges.resolve(newer.id) == older.id == merges.resolve(older.id)


def test_points_keep_their_expiry_and_growth_lifts_the_tier_at_once(db_session: Session, standing_clock: Clock) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member()
    points.earn(older.id, amount=100, source="t:1", now=NOON)
    growth.add(older.id, amount=120, source="t:1", now=NOON)
    later = standing_clock.move(days=40)
    points.earn(newer.id, amount=30, source="t:2", now=later)
    growth.add(newer.id, amount=90, source="t:2", now=later)
    expiries = "SELECT remaining, expires_at FROM points_lot WHERE remaining > 0 ORDER BY expires_at"
    before = rows(db_session, expiries)
    kept = merge(older, newer, now=later)
    assert rows(db_session, expiries) == before
    assert (points.spendable(kept.id, now=later), points.spendable(newer.id, now=later)) == (130, 0)
    assert tiers.standing(kept.id).tier.code == "silver"
    record = db_session.scalars(select(MemberMerge)).one()
    assert (record.points_moved, record.growth_moved, record.coupons_moved) == (30, 90, 0)


def test_everything_hangs_on_the_one_who_stays_and_verify_is_clean(committed_db: CommittedDatabase) -> None:
    with committed_db.session() as session:
        with transaction():
            kept, merged = _two_full_members(session)
            ids = kept.id, merged.id
        with transaction():
            merge(merged, kept)
        findings = [finding for finding in verification.check_all() if finding.broken]
        assert findings == []
        left = {
            table: rows(session, f"SELECT count(*) FROM {table} WHERE member_id = :id", id=ids[1])[0][0]  # noqa: S608
            for table in ("purchase", "coupon", "redemption", "member_session", "member_identity", "check_in")
        }
        # One check-in stays: the kept member has that day, too.
        assert left == {
            "purchase": 0,
            "coupon": 0,
            "redemption": 0,
            "member_session": 0,
            "member_identity": 0,
            "check_in": 1,
        }
        assert wallet.count_by_tab(ids[0], now=NOON)["active"] == 2
        assert rows(session, "SELECT slot FROM coupon ORDER BY slot NULLS LAST") == [(1,), (None,)]
        audit = session.scalars(select(AuditEntry).where(AuditEntry.action == "member.merge")).one()
        assert audit.details["purchases"] == 1
        assert "13800138000" not in str(audit.details)


def test_a_chain_of_merges_verifies(committed_db: CommittedDatabase) -> None:
    with committed_db.session():
        with transaction():
            first, second, third = (make_counter_member(phone=f"1380013800{n}") for n in range(3))
            check_ins.check_in(third.id, now=NOON)
        with transaction():
            merge(second, third)
        with transaction():
            merge(first, second)
        assert [finding for finding in verification.check_all() if finding.broken] == []


def _two_full_members(session: Session) -> tuple[Member, Member]:
    store = make_store()
    clerk = make_staff("clerk", at=[store])
    kept, merged = make_counter_member(phone=PHONE), make_member()
    batch = make_batch(per_member_limit=1)
    for member in (kept, merged):
        check_ins.check_in(member.id, now=NOON)
        give_coupon(member, batch=batch)
        open_visit(member, clerk=clerk, store=store)
        purchases.record(
            member.id,
            store_id=store.id,
            channel="test",
            order_no=f"order-{member.id}",
            bill_fen=12_345,
            discount_fen=0,
            now=NOON,
        )
    return kept, merged


def test_streaks_are_recomputed_over_the_days_of_both(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member()
    for member, days in ((older, (0, 2)), (newer, (1, 2, 3))):
        for day in days:
            check_ins.check_in(member.id, now=NOON + timedelta(days=day))
    kept = merge(older, newer, now=NOON + timedelta(days=3))
    streaks = "SELECT streak FROM check_in WHERE member_id = :id ORDER BY business_date"
    assert rows(db_session, streaks, id=kept.id) == [(1,), (2,), (3,), (4,)]
    assert rows(db_session, streaks, id=newer.id) == [(1,)]


def test_an_undo_after_the_merge_finds_what_was_earned_before(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member()
    bill = purchases.record(
        newer.id, store_id=None, channel="t", order_no="1", bill_fen=10_000, discount_fen=0, now=NOON
    )
    merge(older, newer)
    db_session.expire_all()
    purchases.refund(bill.id, now=NOON + timedelta(minutes=1))
    assert points.spendable(older.id, now=NOON + timedelta(minutes=1)) == 0
    assert tiers.standing(older.id).growth_value == 0


def test_the_later_consent_counts_and_a_tie_is_a_no(db_session: Session) -> None:
    early, late = NOON, NOON + timedelta(hours=1)
    cases = [
        ((True, early), (False, late), False),
        ((False, early), (True, late), True),
        ((True, early), (False, early), False),
    ]
    for number, ((own, own_at), (theirs, theirs_at), expected) in enumerate(cases):
        older, newer = make_counter_member(phone=f"1380013800{number}"), make_member()
        for member, granted, at in ((older, own, own_at), (newer, theirs, theirs_at)):
            consents.decide_marketing(member.id, granted=granted, document_version="2026-11", channel="mini", now=at)
        kept = merge(older, newer, now=late)
        assert kept.marketing_consent is expected
        assert consents.standing(kept.id, "marketing").granted is expected
        assert len(consents.list_history(kept.id)) == 2 + 2 + (own != expected)


def test_grants_add_up_with_entries_on_both_sides(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member()
    template = MessageTemplate(code="t", wechat_template_id="w", title="t", topic="service", fields={"thing1": "x"})
    db_session.add(template)
    db_session.flush()
    for member, remaining in ((older, 1), (newer, 2)):
        db_session.add(
            SubscriptionGrant(
                member_id=member.id, message_template_id=template.id, remaining=remaining, updated_at=NOON
            )
        )
    db_session.flush()
    kept = merge(older, newer)
    grants = "SELECT member_id, remaining FROM subscription_grant ORDER BY member_id"
    assert rows(db_session, grants) == [(kept.id, 3), (newer.id, 0)]
    entries = "SELECT member_id, delta, kind FROM subscription_grant_entry ORDER BY member_id"
    assert rows(db_session, entries) == [(kept.id, 2, "merge"), (newer.id, -2, "merge")]


def test_a_chain_of_merges_ends_at_the_oldest_in_one_hop(db_session: Session) -> None:
    first, second, third = make_counter_member(phone=PHONE), make_counter_member(phone="13900139000"), make_member()
    check_ins.check_in(third.id, now=NOON)
    merge(second, third)
    kept = merge(first, second)
    assert [merges.resolve(m.id) for m in (first, second, third)] == [kept.id] * 3
    assert points.spendable(kept.id, now=NOON) == 5


def test_sessions_staff_membership_and_idempotency_keys_follow(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member(openid="o-1")
    clerk = make_staff("clerk", member_id=newer.id)
    sessions.open_for_member(newer.id, openid="o-1", token_hash=b"h" * 32, lifetime=timedelta(days=1), now=NOON)
    db_session.add(
        IdempotencyKey(
            principal=f"member:{newer.id}",
            endpoint="e",
            key="k",
            request_hash=b"",
            status_code=200,
            body=b"",
            created_at=NOON,
            expires_at=NOON,
        )
    )
    db_session.flush()
    kept = merge(older, newer)
    principal = sessions.find_member_session(b"h" * 32, now=NOON)
    assert principal is not None
    assert (principal.id, principal.openid) == (kept.id, "o-1")
    assert rows(db_session, "SELECT principal FROM idempotency_key") == [(f"member:{kept.id}",)]
    assert db_session.get_one(Staff, clerk.id, populate_existing=True).member_id == kept.id


@pytest.mark.parametrize(
    ("table", "write"),
    [
        ("points_entry", lambda m: points.earn(m.id, amount=1, source="late", now=NOON)),
        ("check_in|earning|points_entry", lambda m: check_ins.check_in(m.id, now=NOON)),
        (
            "purchase",
            lambda m: purchases.record(
                m.id, store_id=None, channel="t", order_no="1", bill_fen=1, discount_fen=0, now=NOON
            ),
        ),
    ],
)
def test_nothing_new_reaches_the_member_who_left(db_session: Session, table: str, write: Any) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member()
    merge(older, newer)
    refusal = pytest.raises(IntegrityError, match=f"member {newer.id} is merged")
    with refusal as refused, db_session.begin_nested():
        write(newer)
    # A check-in is one statement over several tables: which of them refuses first is the database's choice.
    assert constraint_name(refused.value) in {f"tr_{name}_only_active" for name in table.split("|")}


def test_a_merge_by_phone_replaces_both_numbers(db_session: Session) -> None:
    older, newer = make_counter_member(phone=PHONE), make_member(phone="13900139000")
    bound = identities.bind_phone(
        newer.id, phone=seal(PHONE), app_id="wxtest000000000001", actor=Actor.system(), now=NOON
    )
    assert (bound.member.id, bound.member.phone_masked) == (older.id, "138****8000")
    assert rows(db_session, "SELECT count(*) FROM member WHERE phone_index IS NOT NULL") == [(1,)]


def test_a_proven_address_fills_a_gap_and_never_doubles(db_session: Session) -> None:
    """The kept member's own stays; the other's is free for whoever proves it again. Codes on their way are void."""
    older, newer = make_counter_member(phone=PHONE), make_member()
    give_email(newer, "newer@example.com")
    contacts.ask(newer.id, contacts.seal("x@example.com", vault=parts().vault), code_hash=b"c" * 32, now=NOON)
    kept = merge(older, newer)
    assert rows(db_session, "SELECT member_id, masked FROM member_contact") == [(kept.id, "n***@example.com")]
    assert rows(db_session, "SELECT count(*) FROM contact_code") == [(0,)]
    third = make_member()
    give_email(third, "third@example.com")
    merge(kept, third)
    assert rows(db_session, "SELECT member_id, masked FROM member_contact") == [(kept.id, "n***@example.com")]
    give_email(kept, "third@example.com")
