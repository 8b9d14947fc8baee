"""The benefit of a campaign wanted at one instant by ticks, by the lane that sends, and by a merge: once each, or told why."""

from sqlalchemy import text, update

from app.actor import Actor
from app.models import Delivery
from app.services import campaign_benefits, deliveries, delivery_sheets, merges
from app.services.campaign_benefits import BenefitKey
from app.services.deliveries import Ticket
from app.transaction import transaction
from app.wiring import parts
from tests.concurrency.race import Call, Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.messages import make_message_template, make_reachable, make_running

POINTS = 30


def give(*, key: BenefitKey) -> str:
    return campaign_benefits.give(key, now=NOON)


def dispatch(*, ticket: Ticket, app_id: str) -> bool:
    sheet = delivery_sheets.get(ticket.campaign_id, app_id=app_id)
    return deliveries.start_dispatch(ticket, sheet=sheet, now=NOON) is not None


def merge(*, first_id: int, second_id: int) -> None:
    merges.lock_accounts(first_id, second_id)
    locked = merges.lock_members(first_id, second_id)
    merges.merge(locked[first_id], locked[second_id], phone=None, reason="phone", actor=Actor.system(), now=NOON)


def owing(database: CommittedDatabase, *, members: int, stock: int) -> list[Ticket]:
    """A running campaign that owes so many members a coupon and points, each row claimed by a lane."""
    with database.session() as session, transaction():
        template = make_message_template()
        for _ in range(members):
            make_reachable(template)
        campaign = make_running(template)
        campaign.coupon_batch_id = make_batch(how="issue", stock=stock).id
        campaign.points_gift = POINTS
        session.flush()
        session.execute(update(Delivery).where(Delivery.campaign_id == campaign.id).values(benefit="due"))
        return deliveries.claim_due(campaign.id, limit=members, now=NOON)


def contenders(ticket: Ticket, app_id: str) -> list[Call]:
    ticks = [call(give, key=ticket.benefit) for _ in range(3)]
    return [*ticks, call(dispatch, ticket=ticket, app_id=app_id)]


def wechat_app(database: CommittedDatabase) -> str:
    with database.session():
        return parts().config.wechat_appid


def figures(database: CommittedDatabase) -> dict[str, int]:
    """Once the programme's own checks have passed."""
    assert_verified(database)
    with database.session() as session:
        row = session.execute(
            text(
                "SELECT (SELECT count(*) FROM coupon) AS coupons,"
                " (SELECT sum(points_balance) FROM member_account)::int AS points,"
                " (SELECT count(*) FROM delivery WHERE benefit = 'given') AS given,"
                " (SELECT count(*) FROM delivery WHERE benefit = 'refused') AS refused,"
                " (SELECT count(*) FROM delivery WHERE state = 'dispatching') AS sent,"
                " (SELECT count(*) FROM delivery WHERE reason = 'gift_unavailable') AS unavailable"
            )
        ).one()
        return dict(row._mapping)


def test_ticks_and_the_lane_give_it_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    tickets = owing(committed_db, members=6, stock=6)
    app_id = wechat_app(committed_db)
    calls = [one for ticket in tickets for one in contenders(ticket, app_id)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 24}
    assert figures(committed_db) == {
        "coupons": 6,
        "points": 6 * POINTS,
        "given": 6,
        "refused": 0,
        "sent": 6,
        "unavailable": 0,
    }


def test_too_few_coupons_and_nobody_is_told_of_one_they_did_not_get(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    tickets = owing(committed_db, members=6, stock=2)
    app_id = wechat_app(committed_db)
    calls = [one for ticket in tickets for one in contenders(ticket, app_id)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 24}
    assert figures(committed_db) == {
        "coupons": 2,
        "points": 2 * POINTS,
        "given": 2,
        "refused": 4,
        "sent": 2,
        "unavailable": 4,
    }


def test_two_who_become_one_have_no_more_than_each_was_due(committed_db: CommittedDatabase, racers: Racers) -> None:
    tickets = owing(committed_db, members=6, stock=6)
    calls = [call(give, key=ticket.benefit) for ticket in tickets for _ in range(2)]
    pairs = [(tickets[n].member_id, tickets[n + 1].member_id) for n in (0, 2, 4)]
    calls += [call(merge, first_id=first, second_id=second) for first, second in pairs]
    assert tally(racers.run(committed_db, calls)) == {"ok": 15}
    found = figures(committed_db)
    # At least one a person; both where both were given before the two became one.
    assert 3 <= found["coupons"] <= 6
    assert found["points"] == found["coupons"] * POINTS
