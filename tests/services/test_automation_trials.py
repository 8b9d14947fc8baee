"""What an automation would have done in the last week: the same members as its tick plans, and nothing written."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import InvalidInput
from app.models import Campaign, Delivery, MessageTemplate
from app.services import automation_trials, campaign_states, member_events, purchases
from jobs.plan_automations import plan_automations
from jobs.plan_birthdays import plan_birthdays
from jobs.refresh_figures import refresh_figures
from tests.conftest import NOON, Clock
from tests.factories.members import make_member
from tests.factories.messages import make_campaign, make_message_template, make_reachable

NEEDED: dict[str, dict[str, Any]] = {
    "birthday": {"days_before": 2},
    "anniversary": {"days_before": 0},
    "welcome": {"days_after": 0},
    "lapse": {"days_after": 30},
    "after_purchase": {"days_after": 1},
    "tier_up": {},
}


@pytest.fixture
def template(db_session: Session, now: object) -> MessageTemplate:
    return make_message_template()


def trial(campaign: Campaign, clock: Clock) -> list[automation_trials.Day]:
    return automation_trials.last_days(campaign, app_id="wxtest000000000001", now=clock.now)


def week(clock: Clock, template: MessageTemplate, *, campaign: Campaign | None = None) -> None:
    """A day apart: somebody joins, has a birthday in two days, buys and rises; ticks run all the while."""
    for _ in range(7):
        clock.move(days=1)
        on = (clock.now + timedelta(days=2)).date()
        member = make_reachable(template, birthday=(on.month, on.day), now=clock.now)
        old = make_member(now=clock.now - timedelta(days=365))
        purchases.record(
            old.id, store_id=None, channel="webshop", order_no=f"old {old.id}", bill_fen=100, now=clock.now,
            occurred_at=clock.now - timedelta(days=30),
        )  # fmt: skip
        purchases.record(
            member.id, store_id=None, channel="webshop", order_no=f"o {old.id}", bill_fen=100,
            now=clock.now - timedelta(days=1), occurred_at=clock.now - timedelta(days=1),
        )  # fmt: skip
        member_events.record(
            member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=clock.now - timedelta(minutes=1)
        )
        clock.move(minutes=11)
        if campaign is not None:
            refresh_figures(now=clock.now)
            plan_birthdays(now=clock.now)
            plan_automations(now=clock.now)


@pytest.mark.parametrize("kind", NEEDED)
def test_it_tells_whom_the_tick_would_have_planned(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, kind: str
) -> None:
    standing_clock.move(days=-7)
    campaign = make_campaign(template, kind=kind, now=standing_clock.now, **NEEDED[kind])
    campaign_states.schedule(campaign, actor=Actor.system(), now=standing_clock.now)
    week(standing_clock, template, campaign=campaign)
    told = trial(campaign, standing_clock)
    assert [day.on for day in told][-1] == standing_clock.now.date()
    rows = db_session.execute(
        select(Delivery.state, func.count()).where(Delivery.campaign_id == campaign.id).group_by(Delivery.state)
    )
    written = {row[0]: int(row[1]) for row in rows}
    assert sum(day.targeted for day in told) == sum(written.values()) > 0
    assert sum(day.reachable for day in told) == written.get("planned", 0)


def test_a_draft_is_tried_and_stays_one(db_session: Session, template: MessageTemplate, standing_clock: Clock) -> None:
    standing_clock.move(days=-7)
    week(standing_clock, template)
    campaign = make_campaign(template, kind="tier_up", holdout_bp=5_000, now=standing_clock.now)
    told = trial(campaign, standing_clock)
    assert [day.targeted for day in told] == [1] * 7
    held = sum(day.suppressed.get("campaign", 0) for day in told)
    assert held + sum(day.reachable for day in told) == 7
    assert campaign.state == "draft"
    assert db_session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_a_broadcast_has_no_past(db_session: Session, template: MessageTemplate, standing_clock: Clock) -> None:
    with pytest.raises(InvalidInput):
        trial(make_campaign(template, now=NOON), standing_clock)
