"""Looking at what an automation would have done before it is switched on."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import automation_trials, campaigns
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.schemas.automation_trials import AutomationTrialOut

bp = APIBlueprint("automation_trials", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")


@bp.get("/campaigns/<uuid:campaign_id>/trial")
@bp.output(AutomationTrialOut)
@allow(*READERS)
def look(campaign_id: UUID) -> AutomationTrialOut:
    """Whom an automation would have told in the last seven days, had it been running; nothing is written."""
    campaign = campaigns.get_by_public_id(campaign_id)
    return AutomationTrialOut.of(automation_trials.last_days(campaign, app_id=parts().config.wechat_appid, now=now()))
