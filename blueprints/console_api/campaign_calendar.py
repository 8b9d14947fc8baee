"""The calendar of campaigns."""

from apiflask import APIBlueprint

from app.services import campaign_calendar
from blueprints.identity import allow, now
from blueprints.schemas.campaign_calendar import CampaignCalendarOut, CampaignDayOut
from blueprints.schemas.periods import PeriodQuery

bp = APIBlueprint("campaign_calendar", __name__, tag="campaigns")


@bp.get("/campaign-calendar")
@bp.input(PeriodQuery, location="query")
@bp.output(CampaignCalendarOut)
@allow("marketer", "manager", "auditor", "admin")
def look(query_data: PeriodQuery) -> CampaignCalendarOut:
    """What goes out on each day of at most 92, to how many members, and how dense that is for the members there are."""
    days = campaign_calendar.look(query_data.period, now=now())
    return CampaignCalendarOut(data=[CampaignDayOut.of(day) for day in days])
