"""Bills at one instant, in real processes: sets of coupons that overlap, holds, undo against refund, a clerk's limit."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.errors import Conflict
from app.extensions import db
from app.models import Staff
from app.services import checkout_quotes, checkouts, coupon_holds, coupons, points, purchases
from app.services.checkout_bills import RungUp
from app.services.clerks import at_counter as clerk_of
from app.transaction import transaction
from tests.concurrency.identity_calls import merge_pair
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import NOON, CommittedDatabase
from tests.factories.counters import set_programme
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

BILL = RungUp(bill_fen=8_000)


def settle(*, visit: uuid.UUID, coupon_ids: list[uuid.UUID], actor: Actor, pay_points: int = 0) -> str:
    done = checkouts.settle(visit, BILL, coupon_ids=coupon_ids, pay_points=pay_points, actor=actor, now=NOON)
    return str(done.public_id)


def quote(*, visit: uuid.UUID, coupon_ids: list[uuid.UUID], actor: Actor) -> None:
    checkout_quotes.quote(visit, BILL, coupon_ids=coupon_ids, pay_points=0, actor=actor, now=NOON)


def release(*, visit: uuid.UUID, actor: Actor) -> int:
    return coupon_holds.release(visit, clerk=clerk_of(actor), now=NOON)


def undo(*, checkout: str, actor: Actor) -> None:
    checkouts.reverse(uuid.UUID(checkout), reason="点错了", actor=actor, now=NOON)


def refund(*, checkout: str) -> None:
    purchases.refund(_purchase_of(checkout), now=NOON)


def expire() -> int:
    return coupons.expire_due(now=NOON + timedelta(days=400), limit=1_000)


def _purchase_of(checkout: str) -> int:
    found = db.session.scalar(text("SELECT purchase_id FROM checkout WHERE public_id = :id"), {"id": checkout})
    return int(found)


@dataclass(frozen=True)
class Scene:
    """One member's coupons, and visits with the actor who opened each."""

    coupons: list[uuid.UUID]
    visits: list[tuple[uuid.UUID, Actor]]


def prepare(database: CommittedDatabase, *, coupons: int, visits: int, members: int) -> list[Scene]:
    """Gifts and ten yuan off, in turn; every member has points; one clerk per store of two."""
    with database.session(), transaction():
        counters = [(make_staff(at=[store]), store) for store in (make_store(), make_store())]
        gift = make_template(kind="gift", value_fen=500, goods="马克杯", min_spend_fen=1)
        batches = [make_batch(one, stock=1_000, per_member_limit=99) for one in (make_template(), gift)]
        scenes = []
        for _ in range(members):
            member = make_member()
            points.earn(member.id, amount=5_000, source="start", now=NOON)
            held = [give_coupon(member, batch=batches[number % 2]).public_id for number in range(coupons)]
            opened = []
            for number in range(visits):
                clerk, store = counters[number % 2]
                visit = open_visit(member, clerk=clerk, store=store)
                opened.append((visit.public_id, at_counter(clerk, store)))
            scenes.append(Scene(held, opened))
    return scenes


def ask(database: CommittedDatabase, question: str) -> int:
    with database.session() as session:
        return int(session.scalar(text(question)) or 0)


def test_sets_that_overlap_never_share_a_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = prepare(committed_db, coupons=4, visits=4, members=8)
    calls: list[Call] = []
    for scene in scenes:
        for number, (visit, actor) in enumerate(scene.visits):
            # Ten yuan off and a gift each, every coupon in two of the sets, named in either order.
            pair = [scene.coupons[number], scene.coupons[(number + 1) % 4]]
            calls.append(
                call(settle, visit=visit, coupon_ids=pair[:: 1 if number % 2 else -1], actor=actor, pay_points=100)
            )
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "already_redeemed"}
    assert counted["ok"] >= 8
    assert_verified(committed_db)
    assert ask(committed_db, "SELECT count(*) FROM redemption") == 2 * counted["ok"]
    assert ask(committed_db, "SELECT sum(points_spent) FROM checkout") == 100 * counted["ok"]


def test_a_hold_belongs_to_one_visit(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = prepare(committed_db, coupons=1, visits=6, members=8)
    calls = [
        call(quote, visit=visit, coupon_ids=scene.coupons, actor=actor)
        for scene in scenes
        for visit, actor in scene.visits
    ]
    assert tally(racers.run(committed_db, calls)) == {"ok": 8, "coupon_held": 40}
    assert ask(committed_db, "SELECT count(DISTINCT held_visit_id) FROM coupon") == 8


def test_holding_releasing_settling_and_expiring_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = prepare(committed_db, coupons=2, visits=4, members=8)
    for scene in scenes:
        racers.run(
            committed_db,
            [call(quote, visit=scene.visits[0][0], coupon_ids=scene.coupons, actor=scene.visits[0][1])],
        )
    calls: list[Call] = []
    for scene in scenes:
        (first, mine), (second, other), *rest = scene.visits
        calls.append(call(settle, visit=first, coupon_ids=scene.coupons, actor=mine))
        calls.append(call(release, visit=first, actor=mine))
        calls.append(call(settle, visit=second, coupon_ids=scene.coupons[::-1], actor=other))
        calls += [call(quote, visit=visit, coupon_ids=scene.coupons, actor=actor) for visit, actor in rest]
    calls[7:7] = [call(expire)] * 3
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "already_redeemed", "coupon_held", "coupon_expired", "visit_ended"}
    assert_verified(committed_db)
    assert ask(committed_db, "SELECT count(*) FROM coupon WHERE held_visit_id IS NOT NULL AND status <> 'active'") == 0


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_undo_against_refund_gives_everything_back_once(
    committed_db: CommittedDatabase, racers: Racers, rounds: int
) -> None:
    for _ in range(rounds):
        scenes = prepare(committed_db, coupons=2, visits=1, members=8)
        settling = [
            call(settle, visit=scene.visits[0][0], coupon_ids=scene.coupons, actor=scene.visits[0][1], pay_points=1_000)
            for scene in scenes
        ]
        done = racers.run(committed_db, settling)
        calls: list[Call] = []
        for scene, bill in zip(scenes, done, strict=True):
            calls += [call(undo, checkout=bill.value, actor=scene.visits[0][1]), call(refund, checkout=bill.value)] * 2
        counted = tally(racers.run(committed_db, calls))
        # A refund that came after the undo finds nothing to refund; one after a refund is its repeat.
        assert set(counted) <= {"ok", "already_reversed", "purchase_not_refundable"}
        assert counted["already_reversed"] == 8
        assert_verified(committed_db)
    assert ask(committed_db, "SELECT count(*) FROM coupon WHERE status = 'redeemed' OR used > 0") == 0
    assert ask(committed_db, "SELECT count(*) FROM member_account WHERE points_balance <> 5000") == 0
    assert ask(committed_db, "SELECT sum(used) FROM staff_counter") == 0


def test_a_clerks_limit_holds_against_himself(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = prepare(committed_db, coupons=1, visits=1, members=32)
    with committed_db.session(), transaction():
        set_programme(clerk_redeems_per_day=5)
    calls = [
        call(settle, visit=scene.visits[0][0], coupon_ids=scene.coupons, actor=scene.visits[0][1]) for scene in scenes
    ]
    assert tally(racers.run(committed_db, calls)) == {"ok": 5, "staff_limit_reached": 27}
    assert_verified(committed_db)
    assert ask(committed_db, "SELECT used FROM staff_counter WHERE kind = 'coupons_redeemed'") == 5


def test_an_undo_under_way_follows_its_member_through_two_merges(committed_db: CommittedDatabase) -> None:
    """Found by the coupons' undo race: the bill was undone, but its coupon was on its way to whom the member became next."""
    with committed_db.session(), transaction():
        first, second, third = (make_member() for _ in range(3))
        store = make_store()
        actor = at_counter(make_staff(at=[store]), store)
        visit = open_visit(third, clerk=db.session.get_one(Staff, actor.id), store=store).public_id
        used = give_coupon(third).public_id
        checkout = settle(visit=visit, coupon_ids=[used], actor=actor)
        ids = [member.id for member in (first, second, third)]

    def second_leaves() -> None:
        with committed_db.session(), transaction():
            merge_pair(one=ids[0], other=ids[1])
            # The coupons are on their way, and the undo has come to somebody who is.
            wait_until_somebody_waits(committed_db)

    def undo_it() -> str:
        with committed_db.session():
            try:
                with transaction():
                    undo(checkout=checkout, actor=actor)
            except Conflict:
                return "again"
        return "undone"

    with ThreadPoolExecutor(2) as pool:
        with committed_db.session(), transaction():
            merge_pair(one=ids[1], other=ids[2])
            leaving = pool.submit(second_leaves)
            wait_until_somebody_waits(committed_db)
            undoing = pool.submit(undo_it)
            wait_until_somebody_waits(committed_db, many=2)
        leaving.result(60)
        assert undoing.result(60) == "undone"
    assert_verified(committed_db)
    with committed_db.session() as session:
        assert session.scalar(text("SELECT status FROM coupon WHERE public_id = :c"), {"c": used}) == "active"
