"""A gift at one instant: many friends, the giver's own use, taking back, expiry: one of them has the coupon."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.gateways import vault as vaults
from app.models import Member
from app.services import coupon_transfers, coupons, merges, redemptions
from app.transaction import transaction
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.codes import share
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

PAIRS = 12
AFTER = NOON + timedelta(hours=24)


def accept(*, member_id: int, token: str, now: datetime = NOON) -> str:
    got = coupon_transfers.accept(member_id, token_hash=vaults.token_hash(token), now=now)
    return str(got.public_id)


def revoke(*, member_id: int, transfer: uuid.UUID, now: datetime = NOON) -> str:
    return coupon_transfers.revoke(member_id, public_id=transfer, now=now).state


def end_due(*, now: datetime) -> int:
    return coupon_transfers.expire_due(now=now, limit=1000)


def expire(*, now: datetime) -> int:
    return coupons.expire_due(now=now, limit=1000)


def offer(*, member_id: int, coupon: uuid.UUID) -> str:
    token = vaults.new_token()
    coupon_transfers.offer(member_id, coupon=coupon, token_hash=vaults.token_hash(token), now=NOON)
    return token


def use(*, visit: uuid.UUID, coupon: uuid.UUID, actor: Actor, now: datetime = NOON) -> str:
    done = redemptions.redeem(
        visit_public_id=visit, coupon_public_id=coupon, bill_fen=8_000, order_no=None, actor=actor, now=now
    )
    return str(done.public_id)


def unite(*, first: int, second: int) -> int:
    merges.lock_accounts(first, second)
    locked = merges.lock_members(first, second)
    kept = merges.merge(locked[first], locked[second], phone=None, reason="phone", actor=Actor.system(), now=NOON)
    return kept.id


@dataclass(frozen=True)
class Gift:
    """A coupon on its way from one member to another, and the giver at a counter."""

    giver: int
    friend: int
    coupon: uuid.UUID
    token: str
    transfer: uuid.UUID
    visit: uuid.UUID
    actor: Actor


def prepare(
    database: CommittedDatabase, count: int = PAIRS, *, is_shared: bool = True, visit_at: datetime = NOON
) -> list[Gift]:
    with database.session() as session, transaction():
        store = make_store()
        clerk = make_staff(at=[store])
        batch = make_batch(make_template(transferable=True), stock=1000)

        def one() -> Gift:
            giver, friend = make_member(), make_member()
            held = give_coupon(giver, batch=batch)
            token = share(giver, held.public_id) if is_shared else ""
            newest = text("SELECT public_id FROM coupon_transfer ORDER BY id DESC LIMIT 1")
            visit = open_visit(giver, clerk=clerk, store=store, now=visit_at)
            return Gift(
                giver=giver.id,
                friend=friend.id,
                coupon=held.public_id,
                token=token,
                transfer=uuid.UUID(str(session.scalar(newest))) if is_shared else uuid.UUID(int=0),
                visit=visit.public_id,
                actor=at_counter(clerk, store),
            )

        return [one() for _ in range(count)]


def statuses(database: CommittedDatabase, table: str, column: str) -> Counter[str]:
    with database.session() as session:
        return Counter(session.scalars(text(f"SELECT {column} FROM {table}")).all())  # noqa: S608


def test_16_friends_and_one_token(committed_db: CommittedDatabase, racers: Racers) -> None:
    (gift,) = prepare(committed_db, 1)
    with committed_db.session(), transaction():
        friends = [make_member().id for _ in range(16)]
    counted = tally(racers.run(committed_db, [call(accept, member_id=one, token=gift.token) for one in friends]))
    assert counted == {"ok": 1, "transfer_ended": 15}
    assert statuses(committed_db, "coupon", "status") == {"given": 1, "active": 1}
    assert_verified(committed_db)


def test_one_friend_sixteen_times_has_one_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    (gift,) = prepare(committed_db, 1)
    outcomes = racers.run(committed_db, [call(accept, member_id=gift.friend, token=gift.token)] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert_verified(committed_db)


def test_accepting_against_taking_back(committed_db: CommittedDatabase, racers: Racers) -> None:
    gifts = prepare(committed_db)
    calls: list[Call] = []
    for gift in gifts:
        calls.append(call(accept, member_id=gift.friend, token=gift.token))
        calls.append(call(revoke, member_id=gift.giver, transfer=gift.transfer))
    counted = tally(racers.run(committed_db, calls))
    assert counted == {"ok": PAIRS, "transfer_ended": PAIRS}
    ended = statuses(committed_db, "coupon_transfer", "state")
    assert set(ended) <= {"accepted", "revoked"}
    assert statuses(committed_db, "coupon", "status")["given"] == ended["accepted"]
    assert_verified(committed_db)


def test_accepting_against_the_givers_own_use(committed_db: CommittedDatabase, racers: Racers) -> None:
    """At the counter the giver takes it back and uses it; the friend accepts meanwhile: one of them has it."""
    gifts = prepare(committed_db)
    calls: list[Call] = []
    for gift in gifts:
        calls.append(call(accept, member_id=gift.friend, token=gift.token))
        calls.append(call(revoke, member_id=gift.giver, transfer=gift.transfer))
        calls.append(call(use, visit=gift.visit, coupon=gift.coupon, actor=gift.actor))
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "transfer_ended", "coupon_held", "coupon_not_usable"}
    found = statuses(committed_db, "coupon", "status")
    ended = statuses(committed_db, "coupon_transfer", "state")
    assert found["given"] == ended["accepted"]
    assert found["redeemed"] + found["active"] == PAIRS
    assert found["redeemed"] <= ended["revoked"]
    assert_verified(committed_db)


def test_offering_against_use(committed_db: CommittedDatabase, racers: Racers) -> None:
    gifts = prepare(committed_db, is_shared=False)
    calls: list[Call] = []
    for gift in gifts:
        calls.append(call(offer, member_id=gift.giver, coupon=gift.coupon))
        calls.append(call(use, visit=gift.visit, coupon=gift.coupon, actor=gift.actor))
    counted = tally(racers.run(committed_db, calls))
    assert counted.pop("ok") == PAIRS
    assert set(counted) <= {"coupon_held", "coupon_not_usable"}
    found = statuses(committed_db, "coupon", "status")
    assert found["active"] == statuses(committed_db, "coupon_transfer", "state")["open"]
    assert_verified(committed_db)


@pytest.mark.parametrize("late", [timedelta(seconds=-1), timedelta(0)], ids=["in_time", "too_late"])
def test_accepting_against_the_ticks(committed_db: CommittedDatabase, racers: Racers, late: timedelta) -> None:
    gifts = prepare(committed_db)
    with committed_db.session() as session, transaction():
        # The coupons end with their gifts.
        session.execute(text("UPDATE coupon SET expires_at = :at"), {"at": AFTER})
    calls: list[Call] = [call(accept, member_id=one.friend, token=one.token, now=AFTER + late) for one in gifts]
    calls[PAIRS // 2 : PAIRS // 2] = [call(end_due, now=AFTER), call(expire, now=AFTER)] * 2
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "transfer_ended"}
    accepted = counted["ok"] - 4
    assert late or accepted == 0
    racers.run(committed_db, [call(end_due, now=AFTER), call(expire, now=AFTER)])
    racers.run(committed_db, [call(expire, now=AFTER)])
    assert statuses(committed_db, "coupon", "status")["given"] == accepted
    assert statuses(committed_db, "coupon_transfer", "state") == Counter(
        {state: n for state, n in (("accepted", accepted), ("expired", PAIRS - accepted)) if n}
    )
    assert_verified(committed_db)


def test_gifts_there_and_back_do_not_wait_for_each_other(committed_db: CommittedDatabase, racers: Racers) -> None:
    """Two members accept each other's gifts at once: accounts are taken by ascending key, whoever gives."""
    with committed_db.session(), transaction():
        batch = make_batch(make_template(transferable=True), stock=1000, per_member_limit=20)
        left, right = make_member(), make_member()

        def tokens(giver: Member) -> list[str]:
            return [share(giver, give_coupon(giver, batch=batch).public_id) for _ in range(16)]

        to_right, to_left = tokens(left), tokens(right)
        ids = left.id, right.id
    calls = [call(accept, member_id=ids[1], token=token) for token in to_right]
    calls += [call(accept, member_id=ids[0], token=token) for token in to_left]
    assert tally(racers.run(committed_db, calls)) == {"ok": 32}
    assert statuses(committed_db, "coupon", "status") == {"given": 32, "active": 32}
    assert_verified(committed_db)


def test_accepting_against_a_merge_of_both(committed_db: CommittedDatabase, racers: Racers) -> None:
    gifts = prepare(committed_db, 8)
    calls: list[Call] = []
    for gift in gifts:
        calls.append(call(accept, member_id=gift.friend, token=gift.token))
        calls.append(call(unite, first=gift.giver, second=gift.friend))
    counted = tally(racers.run(committed_db, calls))
    # The friend's session ends in the merge; a token accepted by nobody is the kept member's own.
    assert set(counted) <= {"ok", "transfer_to_oneself", "transfer_ended", "conflict", "not_found"}
    assert counted["ok"] >= 8
    found = statuses(committed_db, "coupon", "status")
    assert found["given"] == statuses(committed_db, "coupon_transfer", "state")["accepted"]
    assert found["active"] == 8
    assert_verified(committed_db)
