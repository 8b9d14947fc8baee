"""From a rule to rows: who a campaign is for, and why somebody could not be reached. Resumable, and never twice (I10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.extensions import db
from app.models import Campaign
from app.statements import expand_audience as statements

# Member ids per transaction: short enough for a pause to wait for, long enough to be one statement's work.
CHUNK_IDS: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would happen if it went out now."""

    targeted: int
    reachable: int
    suppressed: dict[str, int]


def preview(*, template_id: int, tier_ids: Sequence[int], with_birthday: bool, app_id: str) -> Preview:
    """Count before scheduling; `with_birthday` counts only members who told us theirs."""
    rows = db.session.execute(
        statements.PREVIEW,
        {
            "app_id": app_id,
            "message_template_id": template_id,
            "tier_ids": list(tier_ids),
            "with_birthday": with_birthday,
        },
    )
    counts: dict[str | None, int] = dict(rows.all())
    reachable = counts.pop(None, 0)
    suppressed = {reason: n for reason, n in counts.items() if reason is not None}
    return Preview(targeted=reachable + sum(suppressed.values()), reachable=reachable, suppressed=suppressed)


def list_expanding() -> list[int]:
    """Campaigns whose audience is still being written."""
    return list(db.session.scalars(select(Campaign.id).where(Campaign.state == "expanding").order_by(Campaign.id)))


def expand_next(campaign_id: int, *, app_id: str, now: datetime, chunk_ids: int = CHUNK_IDS) -> tuple[int, bool]:
    """Write the next range of members; returns rows added and whether more follows.

    The last range turns the campaign to running. Two schedulers queue on the campaign's row; a pause waits for one range.
    """
    campaign = db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "expanding")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if campaign is None:
        return 0, False
    highest = campaign.max_member_id or 0
    through = min(campaign.cursor_member_id + chunk_ids, highest)
    result = db.session.execute(
        statements.EXPAND,
        {
            "campaign_id": campaign.id,
            "message_template_id": campaign.message_template_id,
            "tier_ids": campaign.tier_ids,
            "app_id": app_id,
            "due_at": now,
            "after_id": campaign.cursor_member_id,
            "through_id": through,
        },
    )
    campaign.cursor_member_id = through
    if through >= highest:
        campaign.state = "running"
    db.session.flush()
    return int(result.rowcount), through < highest  # type: ignore[attr-defined]
