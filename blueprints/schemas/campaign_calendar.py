"""The calendar of campaigns on the wire."""

from datetime import date
from uuid import UUID

from app.services.campaign_calendar import Day, Entry
from blueprints.schemas.base import Instant, Out


class CampaignEntryOut(Out):
    """state: of the run, of a campaign with a time ahead of it, `to_come` for what repeats, `waiting` for automations.

    `members` null: nobody has counted its segment yet."""

    campaign_id: UUID
    name: str
    kind: str
    occurrence: str | None
    state: str
    starts_at: Instant | None
    members: int | None
    is_estimate: bool

    @classmethod
    def of(cls, entry: Entry) -> "CampaignEntryOut":
        return cls(
            campaign_id=entry.campaign.public_id,
            name=entry.campaign.name,
            kind=entry.campaign.kind,
            occurrence=entry.occurrence,
            state=entry.state,
            starts_at=entry.starts_at,
            members=entry.members,
            is_estimate=entry.is_estimate,
        )


class CampaignDayOut(Out):
    """`load_bp`: messages of the day for every 10,000 members."""

    on: date
    entries: list[CampaignEntryOut]
    messages: int
    load_bp: int

    @classmethod
    def of(cls, day: Day) -> "CampaignDayOut":
        return cls(
            on=day.on,
            entries=[CampaignEntryOut.of(entry) for entry in day.entries],
            messages=day.messages,
            load_bp=day.load_bp,
        )


class CampaignCalendarOut(Out):
    data: list[CampaignDayOut]
