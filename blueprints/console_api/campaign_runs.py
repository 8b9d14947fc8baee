"""The times a campaign went out, and what a person decides about those nobody began in time."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import campaign_runs, campaigns
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.campaign_parts import RunOut, RunPage, StartRunIn

bp = APIBlueprint("campaign_runs", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")
WRITERS = ("marketer", "admin")


@bp.get("/campaigns/<uuid:campaign_id>/runs")
@bp.input(PageQuery, location="query")
@bp.output(RunPage)
@allow(*READERS)
def list_runs(campaign_id: UUID, query_data: PageQuery) -> RunPage:
    """The runs of a campaign, latest first."""
    campaign = campaigns.get_by_public_id(campaign_id)
    page = campaign_runs.list_runs(campaign, after=decode(query_data.cursor, str), limit=query_data.limit)
    return page_of(RunPage, page, lambda run: RunOut.of(run, campaign.public_id))


@bp.post("/campaigns/<uuid:campaign_id>/runs/<occurrence>/start")
@bp.input(StartRunIn)
@bp.output(RunOut)
@allow(*WRITERS)
def start(campaign_id: UUID, occurrence: str, json_data: StartRunIn) -> RunOut:
    """Let a missed run go out after all, now."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        run = campaign_runs.start_late(
            campaign, occurrence, latest_start_at=json_data.latest_start_at, actor=actor(), now=now()
        )
        return RunOut.of(run, campaign.public_id)


@bp.post("/campaigns/<uuid:campaign_id>/runs/<occurrence>/skip")
@bp.output(RunOut)
@allow(*WRITERS)
def skip(campaign_id: UUID, occurrence: str) -> RunOut:
    """Leave a missed run out for good; a one-off ends with it."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        return RunOut.of(campaign_runs.skip(campaign, occurrence, actor=actor(), now=now()), campaign.public_id)
