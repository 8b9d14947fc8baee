"""How far campaigns are at this moment: for lists that people watch."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import Campaign
from app.statements import campaign_progress as statements


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Members. reachable: nothing stood in the way when the audience was written. waiting: not sent yet, of runs under way.

    `counted_at` tells how old the part is that is not under way; None: all of it is of this moment."""

    campaign_id: uuid.UUID
    state: str
    targeted: int
    reachable: int
    sent: int
    in_doubt: int
    waiting: int
    sent_last_minute: int
    is_under_way: bool
    counted_at: datetime | None


def of(campaign_ids: Sequence[uuid.UUID], *, now: datetime) -> list[Progress]:
    """Of the campaigns there are, in the order asked for."""
    keys = list(db.session.scalars(select(Campaign.id).where(Campaign.public_id.in_(set(campaign_ids)))))
    values = {"campaign_ids": keys, "minute_ago": now - timedelta(minutes=1)}
    rows = db.session.execute(statements.PROGRESS, values)
    found = {row.campaign_id: Progress(**row._mapping) for row in rows}
    return [found[one] for one in dict.fromkeys(campaign_ids) if one in found]
