"""One person at one instant from many devices and counters: one member, one visit, one use (I15)."""

from app.transaction import transaction
from tests.concurrency.identity_calls import PHONE, bind, demote, enrol, is_clean, one, scan, sign_in, use
from tests.concurrency.race import Racers, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff, make_store


def test_16_first_sign_ins_make_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    outcomes = racers.run(committed_db, [call(sign_in, openid="o-1", unionid="u-1")] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value[0] for outcome in outcomes}) == 1
    assert sum(outcome.value[1] for outcome in outcomes) == 1
    assert one(committed_db, "SELECT count(*) FROM member") == 1
    assert one(committed_db, "SELECT count(*) FROM consent") == 1
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
