"""Check-ins, make-ups, merges and badge ticks at one instant: each day once, each streak right, each badge once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import text

from app.actor import Actor
from app.errors import MakeupLimitReached
from app.services import badges, check_ins, merges, points
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import NOON, CommittedDatabase
from tests.factories.ladders import THRESHOLDS, put_in_force
from tests.factories.members import make_member

TODAY = date(2026, 11, 20)


def check_in(*, member_id: int, days_later: int = 0) -> bool:
    return check_ins.check_in(member_id, now=NOON + timedelta(days=days_later)).is_new


def make_up(*, member_id: int, days_ago: int) -> bool:
    return check_ins.make_up(member_id, on=TODAY - timedelta(days=days_ago), now=NOON).is_new


def merge(*, member_ids: list[int]) -> int:
    merges.lock_accounts(*member_ids)
    first, second = merges.lock_members(*member_ids).values()
    if "merged" in (first.status, second.status):
        return 0
    return merges.merge(first, second, phone=None, reason="phone", actor=Actor.system(), now=NOON).id


def settle(*, limit: int) -> int:
    settled = badges.settle_next(now=NOON, limit=limit)
    return 0 if settled is None else settled.awarded


def award(*, member_id: int) -> list[str]:
    return badges.award(member_id, facts={"streak", "check_ins"}, now=NOON)


def prepare(database: CommittedDatabase, *, members: int = 1, balance: int = 200) -> list[int]:
    with database.session(), transaction():
        ids = [make_member(now=NOON - timedelta(days=60)).id for _ in range(members)]
        for member_id in ids:
            points.earn(member_id, amount=balance, source="start", now=NOON)
    return ids


def scalar(database: CommittedDatabase, query: str) -> object:
    with database.session() as session:
        return session.scalar(text(query))


def test_make_ups_race_for_the_last_of_the_month_and_each_other(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    (member_id,) = prepare(committed_db)
    calls = [call(make_up, member_id=member_id, days_ago=days) for days in range(1, 8)] * 2
    calls += [call(check_in, member_id=member_id)] * 2
    outcomes = racers.run(committed_db, calls)
    # Three days were made up for, each answered twice; the other four were refused twice.
    assert tally(outcomes[:14]) == {"ok": 6, MakeupLimitReached.code: 8}
    assert [outcome.value for outcome in outcomes].count(True) == 3 + 1
    assert scalar(committed_db, "SELECT sum(amount) FROM points_entry WHERE source LIKE 'makeup:%'") == 60
    assert_verified(committed_db)


def test_yesterday_is_made_up_for_while_today_is_checked_in(committed_db: CommittedDatabase, racers: Racers) -> None:
    ids = prepare(committed_db, members=8)
    calls = [call(make_up, member_id=member_id, days_ago=1) for member_id in ids]
    calls += [call(check_in, member_id=member_id) for member_id in ids]
    assert tally(racers.run(committed_db, calls)) == {"ok": 16}
    assert scalar(committed_db, "SELECT array_agg(DISTINCT streak ORDER BY streak) FROM check_in") == [1, 2]
    assert scalar(committed_db, "SELECT count(*) FROM check_in WHERE streak = 2") == 8
    assert_verified(committed_db)


def test_check_ins_race_the_merge_of_their_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    pairs = [prepare(committed_db, members=2) for _ in range(4)]
    with committed_db.session(), transaction():
        for kept_id, merged_id in pairs:
            check_ins.make_up(merged_id, on=TODAY - timedelta(days=1), now=NOON)
            check_ins.make_up(kept_id, on=TODAY - timedelta(days=2), now=NOON)
    calls = [call(merge, member_ids=pair) for pair in pairs]
    calls += [call(check_in, member_id=member_id) for pair in pairs for member_id in pair]
    outcomes = racers.run(committed_db, calls)
    # A check-in of the one who left is told to come again; nothing else is refused, nothing crashes.
    assert set(tally(outcomes)) <= {"ok", "conflict"}
    assert [outcome.ok for outcome in outcomes[:4]] == [True] * 4
    assert scalar(committed_db, "SELECT count(*) FROM check_in WHERE streak = 3") == 4
    assert_verified(committed_db)


def test_a_badge_is_awarded_once_by_tick_and_event_together(committed_db: CommittedDatabase, racers: Racers) -> None:
    ids = prepare(committed_db, members=4)
    with committed_db.session(), transaction():
        badges.create(
            {"code": "one", "name": "一", "name_en": "One", "fact": "check_ins", "target": 1, "emblem": "star"},
            actor=Actor.system(),
            now=NOON,
        )
    calls = [call(check_in, member_id=member_id) for member_id in ids]
    calls += [call(award, member_id=member_id) for member_id in ids]
    # Every chunk of every badge, twice over.
    calls += [call(settle, limit=2)] * 8
    assert tally(racers.run(committed_db, calls)) == {"ok": 16}
    with committed_db.session():
        for _ in range(50):
            with transaction():
                if badges.settle_next(now=NOON, limit=2) is None:
                    break
    assert scalar(committed_db, "SELECT count(*) FROM member_badge") == 4
    assert scalar(committed_db, "SELECT count(*) FROM member_event WHERE kind = 'badge_awarded'") == 4
    assert_verified(committed_db)


def test_a_check_in_that_waited_while_the_ladder_changed_stands_on_the_new_one(committed_db: CommittedDatabase) -> None:
    (member_id,) = prepare(committed_db, balance=5)

    def late() -> str:
        with committed_db.session(), transaction():
            return check_ins.check_in(member_id, now=NOON).standing.tier.code

    with ThreadPoolExecutor(1) as pool:
        with committed_db.session(), transaction():
            points.lock_account(member_id)
            waiting = pool.submit(late)
            wait_until_somebody_waits(committed_db)
            # The whole change happens while the check-in waits for the account.
            put_in_force(
                now=NOON,
                qualification="lifetime",
                qualification_months=None,
                validity_months=None,
                thresholds={**THRESHOLDS, "silver": 1},
            )
        assert waiting.result(30) == "silver"
    assert_verified(committed_db)
