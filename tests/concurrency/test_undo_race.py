"""Forward raced against undo on one family of members: spend, hold, capture, release, refund, undo, expiry and merge at once.

Every round deals sixteen calls from a seed; whatever wins, `flask verify` is clean afterwards and nobody crashed.
"""

import random
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.actor import Actor
from app.models import Member
from app.services import merges, points
from app.transaction import transaction
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.members import make_member

AT_ONCE = 16
LATER = NOON + timedelta(days=12)
# Ten days are over by the time of the race, forty are not.
BILLS = (("10D", 0), ("40D", 0), ("40D", 30), ("never", 0))
# Whoever comes too late is told so.
REFUSALS = {"insufficient_points", "hold_ended", "already_reversed", "conflict"}


def spend(*, member_id: int, amount: int, source: str) -> None:
    points.spend(member_id, amount=amount, source=source, now=LATER)


def undo(*, member_id: int, source: str) -> None:
    points.reverse(member_id, source=source, reversal_source=f"undo:{source}", now=LATER)


def take_back(*, member_id: int, source: str, upto: int, by: str) -> int:
    return points.take_back(member_id, source=source, reversal_source=by, upto=upto, now=LATER)


def hold(*, member_id: int, amount: int, source: str) -> None:
    points.hold(member_id, amount=amount, source=source, expires_at=LATER + timedelta(hours=1), now=LATER)


def capture(*, public_id: uuid.UUID, source: str, amount: int | None) -> None:
    points.capture(public_id, source=source, amount=amount, now=LATER)


def release(*, public_id: uuid.UUID) -> None:
    points.release(public_id, now=LATER)


def expire() -> int:
    return points.release_due(now=LATER, limit=50) + points.expire_due(now=LATER, limit=50)


def merge(*, one: int, other: int) -> int:
    a, b = sorted((merges.resolve(one), merges.resolve(other)))
    if a == b:
        return a
    merges.lock_accounts(a, b)
    locked = merges.lock_members(a, b)
    if {member.status for member in locked.values()} != {"active"}:
        return 0
    return merges.merge(locked[a], locked[b], phone=None, reason="phone", actor=Actor.system(), now=LATER).id


@dataclass
class Family:
    """Three members who turn out to be one, each with bills, a gift, a live hold and a forgotten one."""

    ids: list[int]
    holds: list[uuid.UUID]


def prepare(database: CommittedDatabase) -> Family:
    with database.session(), transaction():
        return found()


def found() -> Family:
    family = Family([], [])
    for _ in range(3):
        member_id = make_member().id
        family.ids.append(member_id)
        for n, (expiry, pending_days) in enumerate(BILLS):
            source = f"bill:{member_id}:{n}"
            points.earn(member_id, amount=100, source=source, expiry=expiry, pending_days=pending_days, now=NOON)
        points.spend(member_id, amount=130, source=f"gift:{member_id}", now=NOON)
        for amount, days in ((40, 20), (30, 1)):
            until, source = NOON + timedelta(days=days), f"order:{member_id}:{days}"
            held = points.hold(member_id, amount=amount, source=source, expires_at=until, now=NOON)
            family.holds.append(held.public_id)
    return family


def deal(family: Family, dice: random.Random) -> list[Call]:
    """Sixteen calls; some are repeats of each other, as clients repeat themselves."""
    kinds = dice.choices(
        (a_spend, a_refund, an_undo, a_hold, a_capture, another), weights=(3, 4, 3, 1, 2, 3), k=AT_ONCE
    )
    return [kind(family, dice) for kind in kinds]


def a_spend(family: Family, dice: random.Random) -> Call:
    source = f"late:{dice.randint(1, 6)}"
    return call(spend, member_id=dice.choice(family.ids), amount=dice.randint(1, 150), source=source)


def a_refund(family: Family, dice: random.Random) -> Call:
    owner, n, upto = dice.choice(family.ids), dice.randrange(len(BILLS)), dice.choice((30, 60, 100))
    source = f"bill:{owner}:{n}"
    return call(take_back, member_id=owner, source=source, upto=upto, by=f"refund:{source}:{upto}")


def an_undo(family: Family, dice: random.Random) -> Call:
    owner = dice.choice(family.ids)
    source = dice.choice((f"gift:{owner}", f"bill:{owner}:{dice.randrange(len(BILLS))}"))
    return call(undo, member_id=owner, source=source)


def a_hold(family: Family, dice: random.Random) -> Call:
    source = f"new:{dice.randint(1, 4)}"
    return call(hold, member_id=dice.choice(family.ids), amount=dice.randint(1, 60), source=source)


def a_capture(family: Family, dice: random.Random) -> Call:
    number = dice.randrange(len(family.holds))
    amount = dice.choice((None, 10, 30))
    return call(capture, public_id=family.holds[number], source=f"capture:{number}", amount=amount)


def another(family: Family, dice: random.Random) -> Call:
    one, other = dice.sample(family.ids, 2)
    return dice.choice(
        (call(release, public_id=dice.choice(family.holds)), call(expire), call(merge, one=one, other=other))
    )


def test_forward_and_undo_race_and_the_ledger_stays_whole(committed_db: CommittedDatabase, racers: Racers) -> None:
    race(committed_db, racers, operations=320)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_forward_and_undo_race_in_a_process_each(committed_db: CommittedDatabase) -> None:
    with Racers(AT_ONCE) as crew:
        race(committed_db, crew, operations=2_000)


def race(committed_db: CommittedDatabase, racers: Racers, *, operations: int) -> None:
    """Round after round of calls at one instant; the books are whole after each."""
    ended: Counter[str] = Counter()
    for seed in range(operations // AT_ONCE):
        family = prepare(committed_db)
        outcomes = racers.run(committed_db, deal(family, random.Random(seed)))
        ended.update(tally(outcomes))
        assert_verified(committed_db)
    assert set(ended) <= {"ok", *REFUSALS}, ended
    assert sum(ended.values()) == operations
    # The dice reached both sides of every race.
    assert ended["ok"] > operations // 2
    with committed_db.session() as session:
        assert session.query(Member).filter_by(status="merged").count() > operations // 40
