"""Claims at one instant: never one more than printed, budgeted or allowed, and never one less."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.actor import Actor
from app.errors import BatchExhausted
from app.models import CouponBatch, Member
from app.services import coupon_batches, coupons, merges
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member


def claim(*, member_id: int, batch: uuid.UUID) -> str:
    return str(coupons.claim(member_id, batch_public_id=batch, now=NOON).public_id)


def claim_or_go_on(*, member_id: int, batch: uuid.UUID) -> bool:
    """A caller that swallows the refusal and commits: what it wrote so far must not include a coupon."""
    try:
        claim(member_id=member_id, batch=batch)
    except BatchExhausted:
        return False
    return True


def issue(*, member_id: int, batch_id: int, source: str) -> tuple[str, bool]:
    coupon = coupons.issue(member_id, batch_id=batch_id, source=source, now=NOON, actor=Actor.system())
    return str(coupon.public_id), coupon.is_new


def change(*, batch: uuid.UUID, **wanted: Any) -> None:
    coupon_batches.change(batch, actor=Actor.system(), now=NOON, **wanted)


def merge(*, first_id: int, second_id: int) -> int:
    merges.lock_accounts(first_id, second_id)
    found = merges.lock_members(first_id, second_id)
    kept = merges.merge(found[first_id], found[second_id], phone=None, reason="test", actor=Actor.system(), now=NOON)
    return kept.id


def prepare(database: CommittedDatabase, *, members: int, **batch: Any) -> tuple[list[int], CouponBatch]:
    with database.session(), transaction():
        made = [make_member() for _ in range(members)]
        printed = make_batch(make_template(value_fen=1000), **batch)
    return [member.id for member in made], printed


def figures(database: CommittedDatabase, batch: CouponBatch) -> tuple[int, int, int]:
    """(issued, coupons that exist, budget committed in fen), once the programme's own checks have passed."""
    assert_verified(database)
    with database.session() as session:
        row = session.execute(
            text(
                "SELECT sum(issued) AS issued, (SELECT count(*) FROM coupon WHERE batch_id = :id) AS existing, "
                "sum(committed_fen) AS committed_fen FROM coupon_bucket WHERE batch_id = :id"
            ),
            {"id": batch.id},
        ).one()
        return int(row.issued), row.existing, int(row.committed_fen)


def test_64_members_and_a_stock_of_1(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=64, stock=1)
    outcomes = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    assert tally(outcomes) == {"ok": 1, "batch_exhausted": 63}
    assert figures(committed_db, batch) == (1, 1, 1000)


def test_64_members_and_a_stock_of_10(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=64, stock=10)
    outcomes = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    assert tally(outcomes) == {"ok": 10, "batch_exhausted": 54}
    assert figures(committed_db, batch) == (10, 10, 10_000)


def test_a_swallowed_refusal_leaves_no_uncounted_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=32, stock=3)
    calls = [call(claim_or_go_on, member_id=m, batch=batch.public_id) for m in members]
    outcomes = racers.run(committed_db, calls)
    assert tally(outcomes) == {"ok": 32}
    assert sum(outcome.value for outcome in outcomes) == 3
    assert figures(committed_db, batch) == (3, 3, 3_000)


def test_the_money_budget_ends_before_the_stock(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=32, stock=100, budget_fen=7_999)
    outcomes = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    assert tally(outcomes) == {"ok": 7, "budget_exhausted": 25}
    assert figures(committed_db, batch) == (7, 7, 7_000)


def test_one_member_32_times_with_a_limit_of_1(committed_db: CommittedDatabase, racers: Racers) -> None:
    (member,), batch = prepare(committed_db, members=1, stock=100)
    outcomes = racers.run(committed_db, [call(claim, member_id=member, batch=batch.public_id)] * 32)
    assert tally(outcomes) == {"ok": 1, "claim_limit_reached": 31}
    assert figures(committed_db, batch) == (1, 1, 1_000)


def test_one_member_32_times_with_a_limit_of_3_gets_all_3(committed_db: CommittedDatabase, racers: Racers) -> None:
    (member,), batch = prepare(committed_db, members=1, stock=100, per_member_limit=3)
    outcomes = racers.run(committed_db, [call(claim, member_id=member, batch=batch.public_id)] * 32)
    assert tally(outcomes) == {"ok": 3, "claim_limit_reached": 29}
    assert figures(committed_db, batch) == (3, 3, 3_000)


def test_one_source_16_times_is_one_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    (member,), batch = prepare(committed_db, members=1, stock=100, how="birthday", per_member_limit=5)
    gift = call(issue, member_id=member, batch_id=batch.id, source="birthday:1:2026")
    outcomes = racers.run(committed_db, [gift] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value[0] for outcome in outcomes}) == 1
    assert sum(outcome.value[1] for outcome in outcomes) == 1
    assert figures(committed_db, batch) == (1, 1, 1_000)


def test_lowering_the_stock_amid_claims(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=40, stock=100)
    calls = [call(claim, member_id=m, batch=batch.public_id) for m in members]
    calls[4:4] = [call(change, batch=batch.public_id, stock=20), call(change, batch=batch.public_id, budget_fen=30_000)]
    counted = tally(racers.run(committed_db, calls))
    issued, existing, committed = figures(committed_db, batch)
    assert issued == existing == committed // 1000
    # Either the smaller figure was set in time and holds, or it was refused and everybody got theirs.
    assert sum(counted.values()) == 42
    with committed_db.session() as session:
        now_printed = session.get_one(CouponBatch, batch.id)
        assert issued <= now_printed.stock
        assert committed <= now_printed.budget_fen


def test_pausing_amid_claims_loses_none(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=40, stock=100)
    calls = [call(claim, member_id=m, batch=batch.public_id) for m in members]
    calls.insert(8, call(change, batch=batch.public_id, status="paused"))
    outcomes = racers.run(committed_db, calls)
    counted = tally(outcomes)
    issued, existing, _ = figures(committed_db, batch)
    assert issued == existing == counted["ok"] - 1
    assert counted["ok"] - 1 + counted.get("batch_not_open", 0) == 40
    late = racers.run(committed_db, [call(claim, member_id=members[0], batch=batch.public_id)])
    assert not late[0].ok


def test_a_merge_amid_claims_leaves_no_coupon_behind(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=24, stock=100, per_member_limit=2)
    pairs = list(zip(members[::2], members[1::2], strict=True))
    calls = []
    for kept, merged in pairs:
        calls += [call(claim, member_id=merged, batch=batch.public_id)] * 2
        calls += [call(merge, first_id=kept, second_id=merged), call(claim, member_id=kept, batch=batch.public_id)]
    counted = tally(racers.run(committed_db, calls))
    assert set(counted) <= {"ok", "not_found", "claim_limit_reached"}
    with committed_db.session() as session:
        stranded = session.scalar(
            text("SELECT count(*) FROM coupon c JOIN member m ON m.id = c.member_id WHERE m.status <> 'active'")
        )
        assert stranded == 0
        assert session.query(Member).filter_by(status="merged").count() == len(pairs)
    issued, existing, _ = figures(committed_db, batch)
    assert issued == existing == counted["ok"] - len(pairs)


def test_the_window_closes_for_everybody(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(
        committed_db, members=8, stock=100, now=NOON - timedelta(days=10), ends_at=NOON - timedelta(seconds=1)
    )
    outcomes = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    assert tally(outcomes) == {"batch_not_open": 8}
    assert figures(committed_db, batch) == (0, 0, 0)


def drain(database: CommittedDatabase, batch: CouponBatch, *, left: dict[int, int]) -> None:
    """As if nearly all had been given: so many copies left in these buckets, none in the others."""
    with database.session() as session, transaction():
        for no, copies in left.items():
            session.execute(
                text("UPDATE coupon_bucket SET stock = :n, budget_fen = :n * 1000 WHERE batch_id = :b AND no = :no"),
                {"n": copies, "b": batch.id, "no": no},
            )
        others = "UPDATE coupon_bucket SET stock = 0, budget_fen = 0 WHERE batch_id = :b AND NOT no = ANY(:left)"
        session.execute(text(others), {"b": batch.id, "left": list(left)})
        total = sum(left.values())
        session.execute(
            text("UPDATE coupon_batch SET stock = :n, budget_fen = :n * 1000 WHERE id = :b"),
            {"n": total, "b": batch.id},
        )


def test_buckets_run_dry_one_by_one_and_the_last_copies_are_given(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    members, batch = prepare(committed_db, members=64, stock=1_000)
    drain(committed_db, batch, left={0: 1, 3: 9, 7: 2, 15: 3})
    outcomes = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    # Nobody is sent away while a copy is left anywhere, and nobody gets a sixteenth.
    assert tally(outcomes) == {"ok": 15, "batch_exhausted": 49}
    assert figures(committed_db, batch) == (15, 15, 15_000)


def test_one_member_32_times_once_a_day_and_twice_in_life(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member = make_member()
        template = make_template(life_limit=2)
        first, second = (make_batch(template, stock=100, per_member_limit=5, per_day_limit=1) for _ in range(2))
        third = make_batch(template, stock=100, per_member_limit=5)
    calls = [call(claim, member_id=member.id, batch=one.public_id) for one in (first, second, third)]
    outcomes = racers.run(committed_db, calls * 12)
    assert tally(outcomes) == {"ok": 2, "claim_limit_reached": 34}
    assert sum(figures(committed_db, one)[0] for one in (first, second, third)) == 2


def test_topping_up_amid_claims_gives_every_copy(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = prepare(committed_db, members=48, stock=1_000)
    drain(committed_db, batch, left={2: 4, 9: 4})
    calls = [call(claim, member_id=m, batch=batch.public_id) for m in members]
    calls[6:6] = [call(change, batch=batch.public_id, stock=40, budget_fen=40_000)]
    counted = tally(racers.run(committed_db, calls))
    issued, existing, committed = figures(committed_db, batch)
    assert issued == existing == committed // 1000 == counted["ok"] - 1, counted
    late = racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members])
    assert tally(late).get("ok", 0) == 40 - issued
    assert figures(committed_db, batch)[0] == 40
