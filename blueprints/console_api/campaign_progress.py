"""Watching campaigns go out."""

from apiflask import APIBlueprint

from app.services import campaign_progress
from blueprints.identity import allow, now
from blueprints.schemas.campaign_progress import ProgressListOut, ProgressOut, ProgressQuery

bp = APIBlueprint("campaign_progress", __name__, tag="campaigns")


@bp.get("/campaign-progress")
@bp.input(ProgressQuery, location="query")
@bp.output(ProgressListOut)
@allow("marketer", "manager", "auditor", "admin")
def look(query_data: ProgressQuery) -> ProgressListOut:
    """How far some campaigns are: reachable, sent, still waiting, how fast. Ids of none are left out."""
    found = campaign_progress.of(query_data.campaign_ids, now=now())
    return ProgressListOut(data=[ProgressOut.model_validate(one) for one in found])
