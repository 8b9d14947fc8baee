"""Campaigns in the states that a person may do something about, and words that make a new one."""

from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.models import MessageTemplate
from app.services import campaign_reviews, campaign_states
from tests.factories.messages import make_campaign, staff_actor

# By whom and for how many requests one lasts.
OF_EACH = 3


def stock(message: MessageTemplate, *, now: datetime) -> list[Any]:
    """Public ids of drafts, of some in review, of some nobody began in time, of some ahead and some paused."""
    drafts = [make_campaign(message, kind=kind) for kind in ("one_off", "birthday") for _ in range(OF_EACH)]
    waiting = [make_campaign(message) for _ in range(2 * OF_EACH)]
    for campaign in waiting:
        campaign_reviews.submit(campaign, actor=staff_actor(), now=now)
    late = [make_campaign(message, scheduled_at=now - timedelta(hours=1)) for _ in range(2 * OF_EACH)]
    for campaign in late:
        campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    campaign_states.start_due(now=now + timedelta(hours=4))
    ahead = [make_campaign(message, scheduled_at=now + timedelta(days=1)) for _ in range(2 * OF_EACH)]
    for number, campaign in enumerate(ahead):
        campaign_states.schedule(campaign, actor=Actor.system(), now=now)
        if number % 2:
            campaign_states.pause(campaign, actor=Actor.system(), now=now)
    return [one.public_id for one in (*drafts, *waiting, *late, *ahead)]


def words(*, now: datetime) -> dict[str, list[Any]]:
    """Values of a new campaign's fields that go together: a one-off; and when those in review were submitted."""
    return {
        "submitted_at": [now.isoformat()],
        "occurrence": ["0"],
        "zone": ["Asia/Tokyo", None],
        "variants": [[], [{"code": "A", "share_bp": 10_000, "field_values": {}, "page": None}]],
        **{name: [None] for name in ("points_gift", "repeat", "festival", "send_time", "ends_on", "days_after")},
        "page": ["pages/home/index"],
        "conditions": [{}],
        "holdout_bp": [0, 500],
        "priority": [5],
        "is_member_time": [False],
    }
