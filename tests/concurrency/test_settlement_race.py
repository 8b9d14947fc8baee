"""A period closed while its coupons are used and taken back by clocks that run late: every use is in it, or refused."""

import uuid
from datetime import date, timedelta

from app.actor import Actor
from app.models import Settlement
from app.services import redemptions, settlements
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_member
from tests.factories.payers import make_paid_batch, make_payer, use
from tests.factories.staff import make_staff, make_store

ROUNDS, USES, RETURNS, CLOSERS = 3, 8, 4, 3
TODAY = date(2026, 11, 20)


def redeem(*, visit: uuid.UUID, coupon: uuid.UUID, actor: Actor) -> None:
    redemptions.redeem(
        visit_public_id=visit, coupon_public_id=coupon, bill_fen=8_000, order_no=None, actor=actor, now=NOON
    )


def take_back(*, redemption: uuid.UUID, actor: Actor) -> None:
    redemptions.reverse(redemption, reason="退货", actor=actor, now=NOON)


def close(*, payer: uuid.UUID) -> str:
    closed = settlements.close(
        payer,
        first_on=TODAY,
        until_on=TODAY + timedelta(days=1),
        actor=Actor.system(),
        now=NOON + timedelta(days=2),
    )
    return str(closed.settlement.public_id)


def test_closing_and_using_see_each_other(committed_db: CommittedDatabase) -> None:
    with Racers() as racers:
        for _ in range(ROUNDS):
            with committed_db.session(), transaction():
                store, payer = make_store(), make_payer()
                person, batch = make_staff(at=[store]), make_paid_batch(payer, share_bp=3_333)
                actor, members = at_counter(person, store), [make_member() for _ in range(USES)]
                uses = [
                    call(
                        redeem,
                        visit=open_visit(member, clerk=person, store=store).public_id,
                        coupon=give_coupon(member, batch=batch).public_id,
                        actor=actor,
                    )
                    for member in members
                ]
                used = [use(batch, clerk=person, store=store, now=NOON).public_id for _ in range(RETURNS)]
                returns = [call(take_back, redemption=public_id, actor=actor) for public_id in used]
                payer_id, payer_key = payer.public_id, payer.id
            closers = [call(close, payer=payer_id) for _ in range(CLOSERS)]
            outcomes = racers.run(committed_db, [*uses, *closers, *returns])
            assert set(tally(outcomes)) <= {"ok", "conflict"}
            closed = outcomes[USES : USES + CLOSERS]
            assert {one.code for one in closed} == {None}
            assert len({one.value for one in closed}) == 1
            counted = sum(one.ok for one in outcomes[:USES]) + RETURNS - sum(one.ok for one in outcomes[-RETURNS:])
            with committed_db.session() as session:
                (settlement,) = session.query(Settlement).filter_by(payer_id=payer_key)
                assert (settlement.redeemed, settlement.payer_fen) == (counted, counted * 333)
    assert_verified(committed_db)
