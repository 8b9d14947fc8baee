"""Pre-flight: what a campaign would do if it began at its time."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import campaign_preflight, campaigns
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.schemas.campaign_preflights import PreflightOut

bp = APIBlueprint("campaign_preflights", __name__, tag="campaigns")


@bp.get("/campaigns/<uuid:campaign_id>/pre-flight")
@bp.output(PreflightOut)
@allow("marketer", "manager", "auditor", "admin")
def look(campaign_id: UUID) -> PreflightOut:
    """Count whom a campaign would reach now and later and whom not and why, when the last message leaves, what it costs."""
    campaign = campaigns.get_by_public_id(campaign_id)
    told = campaign_preflight.look(campaign, app_id=parts().config.wechat_appid, now=now())
    return PreflightOut.model_validate(told)
