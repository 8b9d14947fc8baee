"""The ticks of coupons: late, early or twice gives the same state; in chunks, bounded."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import CounterVisit, Coupon, MemberEvent
from app.services import programmes, revocations, wallet
from app.statements import coupon_notices
from app.transaction import transaction
from jobs import advance_issue_runs as issuing
from jobs import advance_revocations as revoking
from jobs import announce_expiring_coupons as announcing
from jobs.expire_coupons import expire_coupons
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch, open_visit
from tests.factories.issue_runs import issue_batch, make_run, marketer
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

DAY = timedelta(days=1)


def events(session: Session) -> list[tuple[int, str, int]]:
    query = select(MemberEvent).where(MemberEvent.kind == "coupon_will_expire")
    rows = [(one.member_id, one.occurrence, one.details["coupons"]) for one in session.scalars(query)]
    return sorted(rows)


def live(session: Session) -> list[int]:
    """Coupons of two members, for two, three and nine days more; one redeemed, one expired."""
    first, second = make_member(), make_member()
    for member, days in ((first, 2), (first, 2), (first, 3), (second, 3), (second, 9)):
        give_coupon(member, valid_days=days)
    redeemed, gone = give_coupon(second, valid_days=2), give_coupon(second, valid_days=2)
    used = {"status": "redeemed", "used": 1, "redeemed_at": NOON}
    session.execute(update(Coupon).where(Coupon.id == redeemed.id).values(**used))
    session.execute(update(Coupon).where(Coupon.id == gone.id).values(status="expired"))
    return [first.id, second.id]


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_once_per_member_and_date_however_often(
    db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(announcing, "CHUNK", chunk)
    first, second = live(db_session)
    told = [(first, "2026-11-22", 2), (first, "2026-11-23", 1), (second, "2026-11-23", 1)]
    assert announcing.announce_expiring_coupons(now=NOON) == {"announced": 3}
    assert announcing.announce_expiring_coupons(now=NOON) == {"announced": 0}
    assert events(db_session) == told
    # Days go by: the one that is left comes within the notice, and what was told is not told again.
    assert announcing.announce_expiring_coupons(now=standing_clock.move(days=5)) == {"announced": 0}
    assert announcing.announce_expiring_coupons(now=standing_clock.move(days=1)) == {"announced": 1}
    assert events(db_session) == sorted([*told, (second, "2026-11-29", 1)])


@pytest.mark.parametrize("days", [[0, 1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 6, 8], [0, 6]])
def test_early_late_and_twice_tell_the_same(db_session: Session, standing_clock: Clock, days: list[int]) -> None:
    first, second = live(db_session)
    for day in days:
        announcing.announce_expiring_coupons(now=standing_clock.set(NOON + day * DAY))
    told = [(first, "2026-11-22", 2), (first, "2026-11-23", 1), (second, "2026-11-23", 1), (second, "2026-11-29", 1)]
    assert events(db_session) == told


def test_a_late_run_tells_nobody_of_what_is_over(db_session: Session, standing_clock: Clock) -> None:
    live(db_session)
    assert announcing.announce_expiring_coupons(now=standing_clock.move(days=20)) == {"announced": 0}


def test_no_notice_days_no_events(db_session: Session, now: datetime) -> None:
    live(db_session)
    programmes.update({"coupon_expiry_notice_days": 0}, actor=Actor.system(), now=now)
    assert announcing.announce_expiring_coupons(now=now) == {"announced": 0}


# A crowd of coupons, a few of which run out within the notice.
MANY = """
    INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit, per_member_limit,
                        per_day_limit, issued_on, status, value_fen, uses, source, issued_at, usable_from, expires_at)
    SELECT 1000 + n, gen_random_uuid(), c.batch_id, c.bucket_no, c.template_id, c.family_id, c.life_limit,
           c.per_member_limit, c.per_day_limit, c.issued_on, 'active', c.value_fen, c.uses, 'many:' || n, c.issued_at,
           c.usable_from, c.expires_at + make_interval(days => n % 1000)
      FROM coupon c, generate_series(1, 20000) n
"""


def test_what_is_told_ahead_costs_what_is_due(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        give_coupon(make_member(), valid_days=1)
    values = {"now": NOON, "until": NOON + 4 * DAY, "after_at": NOON, "after_id": 0, "limit": 100}
    query = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {coupon_notices.DUE}")
    with psycopg.connect(committed_db.url, autocommit=True) as owner:
        # Of members who need not exist for this.
        owner.execute("SET session_replication_role = replica")
        owner.execute(MANY)
        owner.execute("ANALYZE coupon")
    with committed_db.session() as session:
        plan = session.scalar(query, values)[0]["Plan"]
        session.rollback()
    read = [node for node in nodes(plan) if "Index Name" in node or node["Node Type"] == "Seq Scan"]
    assert [node.get("Index Name") for node in read] == ["ix_coupon_due"]
    # Three days of a thousand.
    assert read[0]["Actual Rows"] <= 100


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all below it."""
    return [plan, *(node for below in plan.get("Plans", []) for node in nodes(below))]


def test_a_live_hold_keeps_the_expiry_tick_away(db_session: Session, now: datetime) -> None:
    member, store = make_member(), make_store()
    coupon = give_coupon(member, valid_days=1)
    opened = open_visit(member, clerk=make_staff(at=[store]), store=store)
    visit_id = db_session.scalar(select(CounterVisit.id).where(CounterVisit.public_id == opened.public_id))
    over = coupon.expires_at
    row = db_session.scalars(select(Coupon).where(Coupon.id == coupon.id)).one()
    row.held_visit_id, row.held_until = visit_id, over + timedelta(minutes=2)
    db_session.flush()
    assert expire_coupons(now=over + timedelta(minutes=1)) == {"expired": 0}
    # Readers need no tick.
    assert wallet.get(member.id, public_id=coupon.public_id, now=over).status == "expired"
    assert expire_coupons(now=over + timedelta(minutes=2)) == {"expired": 1}
    assert expire_coupons(now=over + timedelta(minutes=2)) == {"expired": 0}
    db_session.refresh(row)
    assert row.status == "expired"
    assert row.held_visit_id is None and row.held_until is None


def test_runs_and_revocations_go_on_with_the_next_tick(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (issuing, revoking):
        monkeypatch.setattr(module, "CHUNK", 2)
        monkeypatch.setattr(module, "MAX_CHUNKS", 2)
    for _ in range(5):
        make_member()
    batch = issue_batch(stock=10)
    make_run(batch)
    assert [issuing.advance_issue_runs(now=now)["given"] for _ in range(3)] == [4, 1, 0]
    row = revocations.revoke_batch(batch.public_id, expected=5, tolerance=0, reason="x", actor=marketer(), now=now)
    assert [revoking.advance_revocations(now=now)["revoked"] for _ in range(3)] == [4, 1, 0]
    person = make_staff("admin")
    revocations.undo(row.public_id, reason="x", actor=Actor(kind="staff", id=person.id, role="admin"), now=now)
    assert [revoking.advance_revocations(now=now)["restored"] for _ in range(3)] == [4, 1, 0]
    assert make_batch().status == "active"
