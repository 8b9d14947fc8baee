"""One person at one instant from many devices and counters: one member, one visit, one use, nothing stranded (I15)."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.actor import Actor
from app.errors import Conflict
from app.models import Member
from app.services import (
    check_ins,
    coupons,
    identities,
    member_codes,
    members,
    merges,
    points,
    purchases,
    staff,
    verification,
    visits,
)
from app.services.redemptions import Clerk
from app.transaction import transaction
from app.wiring import parts
from tests.concurrency.race import Racers, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_counter_member, make_member, seal
from tests.factories.staff import make_staff, make_store

APP = "wxtest000000000001"
PHONE = "13800138000"


def sign_in(*, openid: str, unionid: str | None = None) -> tuple[int, bool]:
    signed_in = identities.sign_in(
        app_id=APP,
        openid=openid,
        unionid=unionid,
        consent_version="2026-11",
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=NOON,
    )
    return signed_in.member.id, signed_in.is_new


def bind(*, member_id: int, phone: str = PHONE) -> int:
    actor = Actor(kind="member", id=member_id)
    return identities.bind_phone(member_id, phone=seal(phone), app_id=APP, actor=actor, now=NOON).member.id


def enrol(*, store_id: int) -> int:
    return members.enrol_by_phone(
        phone=seal(PHONE),
        nickname="",
        store_id=store_id,
        consent_version="2026-11",
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        actor=Actor.system(),
        now=NOON,
    ).id


def check_in(*, member_id: int) -> bool:
    return check_ins.check_in(member_id, now=NOON).is_new


def claim(*, member_id: int, batch: uuid.UUID) -> str:
    return str(coupons.claim(member_id, batch_public_id=batch, now=NOON).public_id)


def buy(*, member_id: int, order_no: str) -> int:
    return purchases.record(
        member_id, store_id=None, channel="test", order_no=order_no, bill_fen=1_000, discount_fen=0, now=NOON
    ).id


def scan(*, member_id: int, staff_id: int, store_id: int) -> str:
    return str(visits.open_visit(member_id, code_step=7, staff=Clerk(staff_id, store_id), now=NOON).public_id)


def use(*, visit: str, staff_id: int, store_id: int) -> int:
    return visits.use(uuid.UUID(visit), staff=Clerk(staff_id, store_id), now=NOON).member_id


def use_and_buy(*, visit: str, staff_id: int, store_id: int) -> int:
    used = use(visit=visit, staff_id=staff_id, store_id=store_id)
    buy(member_id=used, order_no=visit)
    return used


def demote(*, person: uuid.UUID) -> None:
    staff.change(person, {"role": "auditor"}, actor=Actor.system(), now=NOON)


def one(database: CommittedDatabase, sql: str, **values: Any) -> Any:
    with database.session() as session:
        return session.scalar(text(sql), values)


def is_clean(database: CommittedDatabase) -> bool:
    with database.session():
        return [finding for finding in verification.check_all() if finding.broken] == []


def test_16_first_sign_ins_make_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    outcomes = racers.run(committed_db, [call(sign_in, openid="o-1", unionid="u-1")] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value[0] for outcome in outcomes}) == 1
    assert sum(outcome.value[1] for outcome in outcomes) == 1
    assert one(committed_db, "SELECT count(*) FROM member") == 1
    assert one(committed_db, "SELECT count(*) FROM consent") == 1
    assert is_clean(committed_db)


def test_8_binds_of_one_pair_make_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        counter, mini = make_counter_member(phone=PHONE), make_member()
        ids = counter.id, mini.id
    outcomes = racers.run(committed_db, [call(bind, member_id=ids[1])] * 8)
    assert tally(outcomes) == {"ok": 8}
    assert {outcome.value for outcome in outcomes} == {ids[0]}
    assert one(committed_db, "SELECT count(*) FROM member_merge") == 1
    assert one(committed_db, "SELECT count(*) FROM audit_entry WHERE action = 'member.merge'") == 1
    assert is_clean(committed_db)


def test_8_members_prove_one_counter_phone_and_one_gets_it(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        make_counter_member(phone=PHONE)
        mini = [make_member().id for _ in range(8)]
    outcomes = racers.run(committed_db, [call(bind, member_id=member_id) for member_id in mini])
    assert tally(outcomes) == {"ok": 1, "phone_taken": 7}
    assert one(committed_db, "SELECT count(*) FROM member WHERE status = 'merged'") == 1
    assert one(committed_db, "SELECT count(*) FROM member WHERE phone_index IS NOT NULL") == 1
    assert is_clean(committed_db)


def test_a_free_phone_goes_to_one_of_8(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        store_id = make_store().id
        mini = [make_member().id for _ in range(8)]
    calls = [call(bind, member_id=member_id) for member_id in mini] + [call(enrol, store_id=store_id)] * 4
    outcomes = racers.run(committed_db, calls)
    counted = tally(outcomes)
    assert set(counted) == {"ok", "phone_taken"}
    holder = one(committed_db, "SELECT id FROM member WHERE phone_index IS NOT NULL")
    # Joining at the counter may come first and then be merged by the first bind: both succeeded, one member holds it.
    assert counted["ok"] in (1, 2)
    assert holder in {outcome.value for outcome in outcomes if outcome.ok}
    assert is_clean(committed_db)


def test_a_bind_amid_the_business_of_both_strands_nothing(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        store = make_store()
        clerk = make_staff("clerk", at=[store])
        batch = make_batch(stock=100, per_member_limit=4).public_id
        pairs, calls = [], []
        for n in range(6):
            counter, mini = make_counter_member(phone=f"1380013800{n}"), make_member()
            pairs.append((counter.id, mini.id))
            at_till = {"staff_id": clerk.id, "store_id": store.id}
            opened = visits.open_visit(mini.id, code_step=1, staff=Clerk(clerk.id, store.id), now=NOON)
            for member in (counter, mini):
                calls.append(call(check_in, member_id=member.id))
                calls.append(call(claim, member_id=member.id, batch=batch))
                calls.append(call(buy, member_id=member.id, order_no=f"order-{member.id}"))
            calls.append(call(use_and_buy, visit=str(opened.public_id), **at_till))
            calls.insert(len(calls) - 4, call(bind, member_id=mini.id, phone=f"1380013800{n}"))
    outcomes = racers.run(committed_db, calls)
    counted = tally(outcomes)
    # Whoever came too late for the one who left is told so, and nothing of it happened.
    assert set(counted) <= {"ok", "conflict", "not_found"}
    binds = [o for o, c in zip(outcomes, calls, strict=True) if c.work is bind]
    assert [o.value for o in binds] == [kept for kept, _ in pairs]
    uses = [o for o, c in zip(outcomes, calls, strict=True) if c.work is use_and_buy]
    assert all(o.ok for o in uses)
    stranded = (
        "SELECT count(*) FROM member m WHERE m.status = 'merged' AND (EXISTS (SELECT FROM purchase WHERE member_id = m.id)"
        " OR EXISTS (SELECT FROM coupon WHERE member_id = m.id)"
        " OR EXISTS (SELECT FROM points_lot WHERE member_id = m.id AND remaining > 0))"
    )
    assert one(committed_db, stranded) == 0
    bought = sum(o.ok for o, c in zip(outcomes, calls, strict=True) if c.work in (buy, use_and_buy))
    assert one(committed_db, "SELECT count(*) FROM purchase") == bought
    assert is_clean(committed_db)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda m: check_ins.check_in(m, now=NOON), "tr_check_in_only_active"),
        (lambda m: points.earn(m, amount=1, source="late", now=NOON), "tr_points_entry_only_active"),
        (lambda m: visits.open_visit(m, code_step=9, staff=Clerk(1, 1), now=NOON), "tr_counter_visit_only_active"),
    ],
)
def test_a_request_under_way_waits_for_the_merge_and_is_told(
    committed_db: CommittedDatabase, work: Callable[[int], Any], told: str
) -> None:
    with committed_db.session(), transaction():
        counter, mini = make_counter_member(phone=PHONE), make_member()
        store = make_store()
        make_staff("clerk", at=[store])
        ids = counter.id, mini.id

    def late() -> str | None:
        with committed_db.session():
            try:
                with transaction():
                    work(ids[1])
            except Conflict as refusal:
                return str(refusal.data["constraint"])
        return None

    with ThreadPoolExecutor(1) as pool:
        with committed_db.session(), transaction():
            merge_pair(one=ids[0], other=ids[1])
            waiting = pool.submit(late)
            wait_until_somebody_waits(committed_db)
        assert waiting.result(30) == told
    assert is_clean(committed_db)


def wait_until_somebody_waits(database: CommittedDatabase) -> None:
    """Return once a connection of this database waits for a lock; at most 30 s."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(database.url, autocommit=True) as connection:
        for _ in range(3000):
            row = connection.execute(sql).fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.01)
    raise TimeoutError("nobody waits")


def test_16_clerks_scan_one_code_and_one_serves(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        store = make_store()
        clerks = [make_staff("clerk", at=[store]).id for _ in range(4)]
        member_id, store_id = make_member().id, store.id
    scans = [call(scan, member_id=member_id, staff_id=clerk, store_id=store_id) for clerk in clerks for _ in range(4)]
    outcomes = racers.run(committed_db, scans)
    assert tally(outcomes) == {"ok": 4, "member_code_used": 12}
    (visit,) = {outcome.value for outcome in outcomes if outcome.ok}
    winner = next(c.values["staff_id"] for c, o in zip(scans, outcomes, strict=True) if o.ok)
    uses = racers.run(committed_db, [call(use, visit=visit, staff_id=winner, store_id=store_id)] * 16)
    assert tally(uses) == {"ok": 1, "visit_ended": 15}


def test_two_admins_cannot_demote_each_other_into_nobody(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        admins = [make_staff("admin").public_id for _ in range(4)]
    outcomes = racers.run(committed_db, [call(demote, person=admin) for admin in admins])
    assert tally(outcomes) == {"ok": 3, "last_admin": 1}
    assert one(committed_db, "SELECT count(*) FROM staff WHERE role = 'admin' AND is_active") == 1


def test_crossed_merges_end_in_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    """Three members, two merges that share one of them: whatever the order, everybody ends at the oldest."""
    with committed_db.session(), transaction():
        first, second, third = (make_counter_member(phone=f"1380013800{n}").id for n in range(3))
        for member_id in (first, second, third):
            check_ins.check_in(member_id, now=NOON)
    pairs = [(first, second), (second, third), (third, first)]
    outcomes = racers.run(committed_db, [call(merge_pair, one=a, other=b) for a, b in pairs * 3])
    assert set(tally(outcomes)) <= {"ok", "conflict"}
    racers.run(committed_db, [call(merge_pair, one=first, other=third)])
    racers.run(committed_db, [call(merge_pair, one=first, other=second)])
    with committed_db.session() as session:
        kept = [merges.resolve(member_id) for member_id in (first, second, third)]
        assert session.query(Member).filter_by(status="active").count() == 1
    assert kept == [first] * 3
    assert one(committed_db, "SELECT points_balance FROM member_account WHERE member_id = :id", id=first) == 15
    assert is_clean(committed_db)


def merge_pair(*, one: int, other: int) -> int:
    a, b = sorted((merges.resolve(one), merges.resolve(other)))
    if a == b:
        return a
    merges.lock_accounts(a, b)
    locked = merges.lock_members(a, b)
    if {member.status for member in locked.values()} != {"active"}:
        return 0
    return merges.merge(
        locked[a], locked[b], phone=None, reason="phone", actor=Actor.system(), now=NOON + timedelta(seconds=1)
    ).id
