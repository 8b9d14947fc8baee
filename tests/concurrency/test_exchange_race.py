"""Points for a coupon at one instant with everything else that wants the points or the coupon; owed coupons given twice."""

import uuid
from datetime import timedelta

from sqlalchemy import text

from app.actor import Actor
from app.models import Member
from app.services import clerk_issues, coupon_exchanges, owed_coupons, points, purchases, redemptions
from app.services.owed_coupons import OwedKey
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import at_counter, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store
from tests.services.test_coupon_automations import automate, buy

PRICE = 100
LATER = NOON + timedelta(minutes=1)


def take(*, member_id: int, batch: uuid.UUID, key: str) -> str:
    done = coupon_exchanges.exchange(member_id, batch_public_id=batch, points_price=PRICE, key=key, now=NOON)
    return str(done.coupon.public_id)


def spend(*, member_id: int, key: str) -> None:
    points.spend(member_id, amount=PRICE, source=f"bill:{key}", now=NOON)


def give_back(*, exchange: uuid.UUID, actor: Actor) -> None:
    coupon_exchanges.take_back(exchange, reason="点错了", actor=actor, now=LATER)


def redeem(*, visit: uuid.UUID, coupon: uuid.UUID, actor: Actor) -> None:
    redemptions.redeem(
        visit_public_id=visit, coupon_public_id=coupon, bill_fen=8_000, order_no=None, actor=actor, now=LATER
    )


def give(*, key: OwedKey) -> str:
    return owed_coupons.give(key, now=NOON)


def refund(*, purchase_id: int) -> None:
    purchases.refund(purchase_id, now=NOON)


def issue(*, visit: uuid.UUID, batch: uuid.UUID, key: str, actor: Actor) -> None:
    clerk_issues.issue(visit_public_id=visit, batch_public_id=batch, note="x", key=key, actor=actor, now=NOON)


def rich(amount: int) -> Member:
    member = make_member()
    points.earn(member.id, amount=amount, source="gift", now=NOON)
    return member


def figures(database: CommittedDatabase) -> tuple[int, int, int]:
    """(points left, coupons, copies the buckets have given), once the programme's own checks have passed."""
    assert_verified(database)
    with database.session() as session:
        row = session.execute(
            text(
                "SELECT (SELECT sum(points_balance) FROM member_account) AS points, (SELECT count(*) FROM coupon) AS coupons,"
                " (SELECT sum(issued) FROM coupon_bucket) AS issued"
            )
        ).one()
        return int(row.points), row.coupons, int(row.issued or 0)


def test_points_for_one_bring_one(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member = rich(PRICE + 99)
        batches = [make_batch(how="exchange", points_price=PRICE, per_member_limit=5).public_id for _ in range(2)]
    calls = [call(take, member_id=member.id, batch=batches[n % 2], key=str(n)) for n in range(8)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 1, "insufficient_points": 7}
    assert figures(committed_db) == (99, 1, 1)


def test_one_intention_sent_often_takes_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member = rich(10 * PRICE)
        batch = make_batch(how="exchange", points_price=PRICE, per_member_limit=5).public_id
    outcomes = racers.run(committed_db, [call(take, member_id=member.id, batch=batch, key="k") for _ in range(8)])
    assert tally(outcomes) == {"ok": 8}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert figures(committed_db) == (9 * PRICE, 1, 1)


def test_a_coupon_and_a_bill_want_the_same_points(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        people = [rich(PRICE) for _ in range(6)]
        batch = make_batch(how="exchange", points_price=PRICE).public_id
    calls = [call(take, member_id=one.id, batch=batch, key="k") for one in people]
    calls += [call(spend, member_id=one.id, key="k") for one in people]
    outcomes = racers.run(committed_db, calls)
    assert tally(outcomes) == {"ok": 6, "insufficient_points": 6}
    taken = sum(outcome.ok for outcome in outcomes[:6])
    assert figures(committed_db) == (0, taken, taken)


def test_the_last_copy_goes_to_one_and_only_they_pay(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        people = [rich(PRICE) for _ in range(8)]
        batch = make_batch(how="exchange", points_price=PRICE, stock=1).public_id
    calls = [call(take, member_id=one.id, batch=batch, key="k") for one in people]
    assert tally(racers.run(committed_db, calls)) == {"ok": 1, "batch_exhausted": 7}
    assert figures(committed_db) == (7 * PRICE, 1, 1)


def test_returned_or_used_never_both(committed_db: CommittedDatabase, racers: Racers) -> None:
    pairs = 6
    with committed_db.session(), transaction():
        store = make_store()
        clerk, boss = make_staff("clerk", at=[store]), make_staff("manager", at=[store])
        batch = make_batch(make_template(value_fen=1000, min_spend_fen=5000), how="exchange", points_price=PRICE)
        calls = []
        for _ in range(pairs):
            member = rich(PRICE)
            done = coupon_exchanges.exchange(
                member.id, batch_public_id=batch.public_id, points_price=PRICE, key="k", now=NOON
            )
            visit = open_visit(member, clerk=clerk, store=store).public_id
            actor = at_counter(clerk, store)
            calls += [
                call(redeem, visit=visit, coupon=done.coupon.public_id, actor=actor),
                *(call(give_back, exchange=done.exchange.public_id, actor=at_counter(boss, store)) for _ in range(2)),
            ]
    outcomes = racers.run(committed_db, calls)
    tally(outcomes)
    for number in range(pairs):
        used, *returned = outcomes[3 * number : 3 * number + 3]
        # Two returns of one exchange are one return.
        assert used.ok != returned[0].ok
        assert returned[0].ok == returned[1].ok
    assert_verified(committed_db)
    with committed_db.session() as session:
        backs = session.execute(text("SELECT count(*) FROM points_entry WHERE kind = 'reverse'")).scalar_one()
    assert backs == sum(outcomes[3 * number + 1].ok for number in range(pairs))


def test_an_owed_coupon_is_given_once_and_goes_with_its_bill(committed_db: CommittedDatabase, racers: Racers) -> None:
    pairs = 5
    with committed_db.session(), transaction():
        automation = automate("purchase")
        calls = []
        for _ in range(pairs):
            member = make_member()
            bill = buy(member)
            key = OwedKey(member.id, automation.id, f"purchase:{bill.id}")
            calls += [call(give, key=key), call(give, key=key), call(refund, purchase_id=bill.id)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 3 * pairs}
    assert_verified(committed_db)
    with committed_db.session() as session:
        standing = session.execute(
            text(
                "SELECT count(*) FROM coupon WHERE status <> 'revoked' UNION ALL SELECT count(*) FROM coupon_owed"
                " WHERE state IN ('due', 'given')"
            )
        ).scalars()
        assert list(standing) == [0, 0]


def test_a_clerk_at_many_tills_stays_within_the_day(committed_db: CommittedDatabase, racers: Racers) -> None:
    limit = 3
    with committed_db.session() as session, transaction():
        session.execute(text("UPDATE programme SET clerk_issues_per_day = :limit"), {"limit": limit})
        store = make_store()
        clerk = make_staff("clerk", at=[store])
        batch = make_batch(how="issue", clerk_can_issue=True).public_id
        visits = [open_visit(make_member(), clerk=clerk, store=store).public_id for _ in range(8)]
    actor = at_counter(clerk, store)
    calls = [call(issue, visit=visit, batch=batch, key="k", actor=actor) for visit in visits]
    assert tally(racers.run(committed_db, calls)) == {"ok": limit, "staff_limit_reached": 8 - limit}
    assert figures(committed_db) == (0, limit, limit)
