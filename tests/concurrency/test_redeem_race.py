"""Redeeming and undoing at one instant: one coupon, one live redemption, one purchase, points once each way."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.services import coupons, redemptions
from app.transaction import transaction
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

BILL_FEN = 8_000
# 8,000 fen less 1,000: 70 yuan earn 70 points and 70 growth.
EARNED = 70


def redeem(*, visit: uuid.UUID, coupon: uuid.UUID, actor: Actor, late: timedelta = timedelta()) -> str:
    redemption = redemptions.redeem(
        visit_public_id=visit,
        coupon_public_id=coupon,
        bill_fen=BILL_FEN,
        order_no=None,
        actor=actor,
        now=NOON + late,
    )
    return str(redemption.public_id)


def reverse(*, redemption: str, actor: Actor) -> None:
    redemptions.reverse(uuid.UUID(redemption), reason="点错了", actor=actor, now=NOON)


def expire(*, late: timedelta) -> int:
    return coupons.expire_due(now=NOON + late, limit=1000)


@dataclass(frozen=True)
class Scene:
    """`coupons` of one member and `visits`, each with the actor who opened it."""

    coupons: list[uuid.UUID]
    visits: list[tuple[uuid.UUID, Actor]]


def prepare(database: CommittedDatabase, *, coupons: int, visits: int, members: int = 1) -> list[Scene]:
    """Per member so many coupons and visits, spread over four clerks in two stores."""
    with database.session(), transaction():
        stores = [make_store(), make_store()]
        clerks = [(make_staff(at=[store]), store) for store in stores for _ in range(2)]
        batch = make_batch(make_template(value_fen=1000, min_spend_fen=5000), stock=1000, per_member_limit=coupons)
        scenes = []
        for _ in range(members):
            member = make_member()
            held = [give_coupon(member, batch=batch).public_id for _ in range(coupons)]
            opened = []
            for number in range(visits):
                clerk, store = clerks[number % len(clerks)]
                visit = open_visit(member, clerk=clerk, store=store)
                opened.append((visit.public_id, at_counter(clerk, store)))
            scenes.append(Scene(held, opened))
    return scenes


def facts(database: CommittedDatabase) -> dict[str, int]:
    """What the database says after the race, as sums over everything; the programme's own checks first."""
    assert_verified(database)
    questions = {
        "live": "SELECT count(*) FROM redemption WHERE reversed_at IS NULL",
        "reversed": "SELECT count(*) FROM redemption WHERE reversed_at IS NOT NULL",
        "redeemed": "SELECT count(*) FROM coupon WHERE status = 'redeemed'",
        "visits_used": "SELECT count(*) FROM counter_visit WHERE used_at IS NOT NULL",
        "paid": "SELECT count(*) FROM purchase WHERE status = 'paid'",
        "points": "SELECT sum(points_balance - points_owed) FROM member_account",
        "growth": "SELECT sum(growth_value) FROM member_account",
        "torn": "SELECT count(*) FROM coupon c WHERE (c.status = 'redeemed') <> EXISTS (SELECT FROM redemption r "
        "WHERE r.member_id = c.member_id AND r.coupon_id = c.id AND r.reversed_at IS NULL)",
    }
    with database.session() as session:
        return {name: int(session.scalar(text(question)) or 0) for name, question in questions.items()}


def assert_consistent(found: dict[str, int]) -> None:
    assert found["torn"] == 0
    assert found["live"] == found["redeemed"] == found["paid"]
    assert found["visits_used"] == found["live"] + found["reversed"]
    assert found["points"] == found["growth"] == EARNED * found["live"]


def test_32_clerks_and_one_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    (scene,) = prepare(committed_db, coupons=1, visits=32)
    calls = [call(redeem, visit=visit, coupon=scene.coupons[0], actor=actor) for visit, actor in scene.visits]
    assert tally(racers.run(committed_db, calls)) == {"ok": 1, "already_redeemed": 31}
    found = facts(committed_db)
    assert_consistent(found)
    # The losers' visits are still good for another coupon.
    assert (found["live"], found["visits_used"]) == (1, 1)


@pytest.mark.parametrize(
    ("number", "at_once"),
    [(25, 16), pytest.param(200, 32, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])],
)
def test_many_coupons_each_wanted_by_many(
    committed_db: CommittedDatabase, racers: Racers, number: int, at_once: int
) -> None:
    scenes = prepare(committed_db, coupons=1, visits=at_once, members=number)
    ended: Counter[str] = Counter()
    side_by_side = 64 // at_once
    for first in range(0, number, side_by_side):
        calls = [
            call(redeem, visit=visit, coupon=scene.coupons[0], actor=actor)
            for scene in scenes[first : first + side_by_side]
            for visit, actor in scene.visits
        ]
        ended.update(tally(racers.run(committed_db, calls)))
    assert ended == {"ok": number, "already_redeemed": number * (at_once - 1)}
    found = facts(committed_db)
    assert_consistent(found)
    assert (found["live"], found["visits_used"]) == (number, number)


def test_one_visit_and_16_coupons(committed_db: CommittedDatabase, racers: Racers) -> None:
    (scene,) = prepare(committed_db, coupons=16, visits=1)
    visit, actor = scene.visits[0]
    calls = [call(redeem, visit=visit, coupon=coupon, actor=actor) for coupon in scene.coupons]
    assert tally(racers.run(committed_db, calls)) == {"ok": 1, "visit_ended": 15}
    found = facts(committed_db)
    assert_consistent(found)
    assert found["live"] == 1


def test_16_undos_of_one_redemption(committed_db: CommittedDatabase, racers: Racers) -> None:
    (scene,) = prepare(committed_db, coupons=1, visits=1)
    visit, actor = scene.visits[0]
    done = racers.run(committed_db, [call(redeem, visit=visit, coupon=scene.coupons[0], actor=actor)])
    undo = call(reverse, redemption=done[0].value, actor=actor)
    assert tally(racers.run(committed_db, [undo] * 16)) == {"ok": 1, "already_reversed": 15}
    found = facts(committed_db)
    assert_consistent(found)
    assert (found["live"], found["reversed"], found["points"]) == (0, 1, 0)


def test_undo_against_redeeming_again(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = prepare(committed_db, coupons=1, visits=4, members=8)
    firsts = [
        call(redeem, visit=scene.visits[0][0], coupon=scene.coupons[0], actor=scene.visits[0][1]) for scene in scenes
    ]
    done = racers.run(committed_db, firsts)
    calls: list[Call] = []
    for scene, first in zip(scenes, done, strict=True):
        calls.append(call(reverse, redemption=first.value, actor=scene.visits[0][1]))
        calls += [call(redeem, visit=visit, coupon=scene.coupons[0], actor=actor) for visit, actor in scene.visits[1:]]
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "already_redeemed"}
    found = facts(committed_db)
    assert_consistent(found)
    assert found["reversed"] == 8
    assert found["live"] == counted["ok"] - 8


@pytest.mark.parametrize("late", [timedelta(seconds=-1), timedelta(0)], ids=["in_time", "too_late"])
def test_redeeming_against_the_expiry_tick(committed_db: CommittedDatabase, racers: Racers, late: timedelta) -> None:
    scenes = prepare(committed_db, coupons=1, visits=1, members=12)
    # The tick's clock is past the end of every coupon; the clerks' clocks are just before it, or at it.
    with committed_db.session() as session, transaction():
        session.execute(text("UPDATE coupon SET expires_at = :at"), {"at": NOON + timedelta(minutes=5)})
    at = timedelta(minutes=5) + late
    calls: list[Call] = []
    for scene in scenes:
        visit, actor = scene.visits[0]
        calls.append(call(redeem, visit=visit, coupon=scene.coupons[0], actor=actor, late=at))
    calls[6:6] = [call(expire, late=timedelta(minutes=6))] * 4
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "coupon_expired"}
    racers.run(committed_db, [call(expire, late=timedelta(minutes=6))])
    found = facts(committed_db)
    assert_consistent(found)
    assert found["live"] == counted["ok"] - 4
    assert late or found["live"] == 0
    assert _statuses(committed_db) <= {"redeemed", "expired"}


def _statuses(database: CommittedDatabase) -> set[str]:
    with database.session() as session:
        found: Sequence[str] = session.scalars(text("SELECT DISTINCT status FROM coupon")).all()
    return set(found)
