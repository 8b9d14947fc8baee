"""Planners of one automation at one instant, and lanes that want one topic's rest: each message once, one message a rest."""

from datetime import timedelta

from sqlalchemy import select, text

from app.actor import Actor
from app.models import Campaign, MessageTopic
from app.services import automations, campaign_states, deliveries, delivery_sheets, member_events
from app.services.automation_sources import Key
from app.services.deliveries import Ticket
from app.transaction import transaction
from app.wiring import parts
from tests.concurrency.race import Racers, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.messages import make_campaign, make_message_template, make_reachable

MEMBERS = 30
LATER = NOON + timedelta(minutes=1)


def plan(*, campaign_id: int, app_id: str, limit: int) -> int:
    """A whole tick for one campaign, as a scheduler of its own would run it."""
    (stretch,) = [one for one in automations.list_due(now=LATER, kinds=("tier_up",)) if one.campaign_id == campaign_id]
    added, after = automations.plan_page(stretch, after=Key(), app_id=app_id, now=LATER, limit=limit)
    total = added
    while after is not None:
        added, after = automations.plan_page(stretch, after=after, app_id=app_id, now=LATER, limit=limit)
        total += added
    automations.finish(stretch)
    return total


def dispatch(*, ticket: Ticket, app_id: str) -> bool:
    sheet = delivery_sheets.get(ticket.campaign_id, app_id=app_id)
    return deliveries.start_dispatch(ticket, sheet=sheet, now=LATER) is not None


def risen(database: CommittedDatabase, *, campaigns: int, members: int) -> tuple[list[int], str]:
    """So many automations for those who rose, of topics' one template each, and members who all did."""
    with database.session() as session, transaction():
        templates = [make_message_template() for _ in range(campaigns)]
        session.get_one(MessageTopic, "promotion").cool_off_days = 7
        made: list[Campaign] = []
        for template in templates:
            campaign = make_campaign(template, kind="tier_up")
            made.append(campaign_states.schedule(campaign, actor=Actor.system(), now=NOON))
        for _ in range(members):
            member = make_reachable(templates[0])
            for template in templates[1:]:
                session.execute(
                    text(
                        "INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)"
                        " VALUES (:m, :t, 1, :now)"
                    ),
                    {"m": member.id, "t": template.id, "now": NOON},
                )
            member_events.record(member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=NOON)
        return [campaign.id for campaign in made], parts().config.wechat_appid


def test_planners_at_once_write_everybody_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    (campaign_id,), app_id = risen(committed_db, campaigns=1, members=MEMBERS)
    # Pages of other sizes, so that they meet in the middle.
    calls = [call(plan, campaign_id=campaign_id, app_id=app_id, limit=limit) for limit in (4, 7, 11, 500)]
    outcomes = racers.run(committed_db, calls)
    assert tally(outcomes) == {"ok": 4}
    with committed_db.session() as session:
        rows = session.execute(
            text("SELECT count(*), count(DISTINCT member_id) FROM delivery WHERE state = 'planned'")
        ).one()
        until = session.scalar(select(Campaign.planned_until).where(Campaign.id == campaign_id))
    assert tuple(rows) == (MEMBERS, MEMBERS)
    assert until == LATER


def test_of_lanes_that_want_one_rest_one_sends(committed_db: CommittedDatabase, racers: Racers) -> None:
    campaign_ids, app_id = risen(committed_db, campaigns=4, members=5)
    tickets: list[Ticket] = []
    for campaign_id in campaign_ids:
        with committed_db.session(), transaction():
            plan(campaign_id=campaign_id, app_id=app_id, limit=500)
        with committed_db.session() as session, transaction():
            session.execute(text("UPDATE programme SET messages_per_day = 9, messages_per_week = 9"))
            tickets += deliveries.claim_due(campaign_id, limit=5, now=LATER)
    calls = [call(dispatch, ticket=ticket, app_id=app_id) for ticket in sorted(tickets, key=lambda one: one.member_id)]
    assert len(calls) == 20
    assert tally(racers.run(committed_db, calls)) == {"ok": 20}
    with committed_db.session() as session:
        rows = session.execute(
            text(
                "SELECT member_id, count(*) FILTER (WHERE state = 'dispatching'),"
                " count(*) FILTER (WHERE reason = 'cooling_off') FROM delivery GROUP BY member_id ORDER BY member_id"
            )
        ).all()
    assert [tuple(row)[1:] for row in rows] == [(1, 3)] * 5
