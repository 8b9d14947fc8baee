"""Uses of coupons raced against undo, expiry, revocation, gifts, the kill switch, merges and claims, on one family of members.

Every round deals twenty pairs from a seed; whichever of a pair wins, `flask verify` is clean afterwards, nobody crashed, and the
points are those of the bills that stand.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.models import CouponBatch, Member, Staff, Store
from app.transaction import transaction
from tests.concurrency.coupon_calls import EARNED, accept, change, expire, offer, redeem, revoke, undo
from tests.concurrency.identity_calls import claim, merge_pair, one
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

PAIRS_AT_ONCE = 20
MEMBERS = 4
# Whoever comes too late is told so. A conflict is a tick that came between the look at a coupon and its use.
REFUSALS = {
    "already_redeemed",
    "already_reversed",
    "batch_closed",
    "batch_not_open",
    "claim_limit_reached",
    "conflict",
    "coupon_expired",
    "coupon_held",
    "coupon_not_transferable",
    "coupon_not_usable",
    "not_found",
    "transfer_ended",
    "transfer_open",
    "transfer_to_oneself",
    # The member was merged at the very moment the visit was used: the clerk scans again.
    "visit_ended",
}

Pair = tuple[Call, Call]


@dataclass
class Scene:
    """Members who turn out to be one; each holds two coupons used once, one of which ends any moment, and two unused ones, one
    of which is on its way to a friend."""

    members: list[Member]
    counters: list[tuple[Staff, Store]]
    open_batch: CouponBatch
    # Used: whose, its id, the redemption that can be undone, by whom. Unused: whose, its id, the token of the gift.
    held: list[dict[str, Any]]
    fresh: list[dict[str, Any]]
    # A second before the soon ones end: the clerks' clock. The tick's is two seconds ahead.
    now: datetime

    def a_use(self, dice: random.Random, coupon: dict[str, Any]) -> Call:
        clerk, store = dice.choice(self.counters)
        visit = open_visit(coupon["member"], clerk=clerk, store=store, now=self.now)
        actor = at_counter(clerk, store)
        return call(redeem, visit=visit.public_id, coupon=coupon["id"], actor=actor, now=self.now)

    def an_undo(self, coupon: dict[str, Any]) -> Call:
        return call(undo, redemption=coupon["redemption"], actor=coupon["actor"], now=self.now)

    def an_offer(self, coupon: dict[str, Any]) -> Call:
        return call(offer, member_id=coupon["member"].id, coupon=coupon["id"], now=self.now)

    def an_accept(self, dice: random.Random, coupon: dict[str, Any]) -> Call:
        return call(accept, member_id=dice.choice(self.members).id, token=coupon["token"], now=self.now)

    def a_revocation(self, coupon: dict[str, Any]) -> Call:
        return call(revoke, coupon=coupon["id"], actor=at_counter(*self.counters[0]), now=self.now)

    def a_tick(self) -> Call:
        return call(expire, now=self.now + timedelta(seconds=2))

    def a_merge(self, dice: random.Random, member: Member) -> Call:
        other = dice.choice([one for one in self.members if one is not member])
        return call(merge_pair, one=member.id, other=other.id, now=self.now)

    def a_claim(self, member: Member) -> Call:
        return call(claim, member_id=member.id, batch=self.open_batch.public_id)

    def a_kill(self, dice: random.Random) -> Call:
        status = dice.choices(("paused", "active", "closed"), weights=(4, 5, 1))[0]
        return call(change, batch=self.open_batch.public_id, status=status)


def prepare(database: CommittedDatabase, dice: random.Random) -> list[Call]:
    """A fresh scene and the calls of one round."""
    with database.session(), transaction():
        scene = found()
        return [one for _ in range(PAIRS_AT_ONCE) for one in a_pair(scene, dice)]


def found() -> Scene:
    stores = [make_store(), make_store()]
    counters = [(make_staff(at=[store]), store) for store in stores]
    long, soon = (make_batch(make_template(uses=3, valid_days=days), stock=100) for days in (30, 1))
    members = [make_member() for _ in range(MEMBERS)]
    coupons = [(member, give_coupon(member, batch=batch)) for member in members for batch in (long, soon)]
    ends_at = min(coupon.expires_at for _, coupon in coupons)
    scene = Scene(
        members, counters, make_batch(stock=100, per_member_limit=3), [], [], now=ends_at - timedelta(seconds=1)
    )
    for number, (member, coupon) in enumerate(coupons):
        clerk, store = counters[number % 2]
        actor = at_counter(clerk, store)
        visit = open_visit(member, clerk=clerk, store=store, now=scene.now)
        redemption = redeem(visit=visit.public_id, coupon=coupon.public_id, actor=actor, now=scene.now)
        scene.held.append({"member": member, "id": coupon.public_id, "redemption": redemption, "actor": actor})
    gifts = make_batch(make_template(transferable=True), stock=100, per_member_limit=2)
    for member in members:
        kept, shared = (give_coupon(member, batch=gifts).public_id for _ in range(2))
        token = offer(member_id=member.id, coupon=shared, now=scene.now)
        scene.fresh += [{"member": member, "id": kept, "token": ""}, {"member": member, "id": shared, "token": token}]
    return scene


def a_pair(scene: Scene, dice: random.Random) -> Pair:
    """A use or an undo or a claim, and what it is raced against."""
    coupon = dice.choice(scene.held)
    member = coupon["member"]
    first = dice.choices(("use", "undo", "claim", "gift"), weights=(5, 4, 2, 3))[0]
    if first == "gift":
        return a_gift(scene, dice)
    if first == "claim":
        return scene.a_claim(member), dice.choice((scene.a_kill(dice), scene.a_merge(dice, member)))
    against = (
        lambda: scene.an_undo(coupon),
        lambda: scene.a_use(dice, coupon),
        scene.a_tick,
        lambda: scene.a_kill(dice),
        lambda: scene.a_merge(dice, member),
        lambda: scene.a_claim(member),
        lambda: scene.a_revocation(coupon),
    )
    second = dice.choices(against, weights=(5, 3, 3, 1, 2, 1, 2))[0]()
    return (scene.a_use(dice, coupon) if first == "use" else scene.an_undo(coupon)), second


def a_gift(scene: Scene, dice: random.Random) -> Pair:
    """A gift offered or accepted, and its giver's use of it, another friend, or a merge."""
    coupon = dice.choice(scene.fresh)
    first = scene.an_accept(dice, coupon) if coupon["token"] else scene.an_offer(coupon)
    against = (
        lambda: scene.a_use(dice, coupon),
        lambda: scene.an_accept(dice, coupon) if coupon["token"] else scene.an_offer(coupon),
        lambda: scene.a_merge(dice, coupon["member"]),
        lambda: scene.a_revocation(coupon),
    )
    return first, dice.choices(against, weights=(3, 2, 1, 2))[0]()


@pytest.mark.parametrize("pairs", [240, pytest.param(5_000, marks=[pytest.mark.slow, pytest.mark.timeout(5400)])])
def test_uses_and_their_undos_race_and_every_coupon_stays_whole(
    committed_db: CommittedDatabase, racers: Racers, pairs: int
) -> None:
    ended: Counter[str] = Counter()
    for seed in range(pairs // PAIRS_AT_ONCE):
        outcomes = racers.run(committed_db, prepare(committed_db, random.Random(seed)))
        ended.update(tally(outcomes))
        assert_verified(committed_db)
        live = one(committed_db, "SELECT count(*) FROM redemption WHERE reversed_at IS NULL")
        assert one(committed_db, "SELECT sum(points_balance - points_owed) FROM member_account") == live * EARNED
    assert set(ended) <= {"ok", *REFUSALS}, ended
    assert sum(ended.values()) == 2 * pairs
    # The dice reached both sides of every race.
    assert ended["ok"] > pairs // 2
    assert {"already_reversed", "already_redeemed"} <= set(ended), ended
    rounds = pairs // PAIRS_AT_ONCE
    for what in (
        "SELECT count(*) FROM redemption WHERE reversed_at IS NOT NULL",
        "SELECT count(*) FROM redemption WHERE reversed_at IS NULL",
        "SELECT count(*) FROM coupon WHERE status = 'expired'",
        "SELECT count(*) FROM member WHERE status = 'merged'",
        "SELECT count(*) FROM coupon WHERE status = 'given'",
        "SELECT count(*) FROM coupon WHERE status = 'revoked'",
    ):
        assert one(committed_db, what) > rounds // 3, what
    stranded = "SELECT count(*) FROM coupon c JOIN member m ON m.id = c.member_id WHERE m.status <> 'active'"
    assert one(committed_db, stranded) == 0
