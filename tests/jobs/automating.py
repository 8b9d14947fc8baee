"""Switching automations on, ticking, and what is planned by then."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Campaign, Delivery, Member, MessageTemplate, Purchase
from app.services import campaign_states, purchases
from jobs.plan_automations import plan_automations
from tests.conftest import Clock
from tests.factories.messages import make_campaign


def automation(template: MessageTemplate, kind: str, *, now: datetime, **changes: Any) -> Campaign:
    """Switched on."""
    needs = {"anniversary": {"days_before": 0}, "welcome": {"days_after": 1}, "lapse": {"days_after": 30}}
    needs["after_purchase"] = {"days_after": 1}
    campaign = make_campaign(template, kind=kind, now=now, **{**needs.get(kind, {}), **changes})
    return campaign_states.schedule(campaign, actor=Actor.system(), now=now)


def planned(db_session: Session, campaign: Campaign) -> list[tuple[str, int, str, str | None]]:
    rows = db_session.execute(
        select(Delivery.occurrence, Delivery.member_id, Delivery.state, Delivery.reason)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Delivery.occurrence, Delivery.member_id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def occurrences(db_session: Session, campaign: Campaign) -> list[tuple[str, int]]:
    return [row[:2] for row in planned(db_session, campaign)]


def tick(clock: Clock, *, times: int = 2) -> int:
    """Planned by the first run; the others must find nothing."""
    counts = [plan_automations(now=clock.now) for _ in range(times)]
    assert not any(count["failed"] for count in counts)
    assert [count["planned"] for count in counts[1:]] == [0] * (times - 1)
    return counts[0]["planned"]


def buys(member: Member, *, at: datetime, **bill: Any) -> Purchase:
    """A bill of ¥100 of the web shop."""
    values = {"store_id": None, "channel": "webshop", "order_no": f"O-{member.id}-{at:%m%d%H%M}", "bill_fen": 10_000}
    return purchases.record(member.id, now=at, **{**values, **bill})
