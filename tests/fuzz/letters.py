"""Messages that wait for a person, in each campaign there is: failed in one, in doubt in the others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.extensions import db
from app.models import Campaign, Delivery, Member


def stock(campaigns: Sequence[Campaign], people: Sequence[Member], *, now: datetime) -> None:
    """A row for each of these people; of the first campaign they failed."""
    for number, campaign in enumerate(campaigns):
        for person in people:
            # The campaign may have written its own row for somebody.
            db.session.merge(
                Delivery(
                    campaign_id=campaign.id,
                    occurrence="0",
                    member_id=person.id,
                    state="in_doubt" if number else "failed",
                    errcode=None if number else 40003,
                    reason=None if number else "bad_openid",
                    message_template_id=campaign.message_template_id,
                    due_at=now,
                    dispatched_at=now - timedelta(hours=1),
                    finished_at=None if number else now,
                    attempts=1,
                )
            )
    db.session.flush()
