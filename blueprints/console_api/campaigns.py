"""Campaigns: write, look who is reachable, let run, pause, resume, cancel, read what came of it."""

from uuid import UUID

from apiflask import APIBlueprint

from app.models import Campaign
from app.services import audiences, campaign_links, campaign_reports, campaign_states, campaigns, message_templates
from app.transaction import transaction
from app.wiring import parts
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.campaign_parts import CloneIn
from blueprints.schemas.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignPage,
    CampaignPatch,
    CampaignQuery,
    PreviewIn,
    PreviewOut,
)
from blueprints.schemas.deliveries import DeliveryOut, DeliveryPage, DeliveryQuery, ReportOut

bp = APIBlueprint("campaigns", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")
WRITERS = ("marketer", "admin")


@bp.get("/campaigns")
@bp.input(CampaignQuery, location="query")
@bp.output(CampaignPage)
@allow(*READERS)
def list_campaigns(query_data: CampaignQuery) -> CampaignPage:
    """All campaigns, newest first."""
    page = campaigns.list_campaigns(
        after=decode(query_data.cursor, int),
        limit=query_data.limit,
        state=query_data.state,
        kind=query_data.kind,
        is_automation=query_data.is_automation,
    )
    links = campaign_links.links_of(page.items)
    return page_of(CampaignPage, page, lambda campaign: CampaignOut.of(campaign, links[campaign.id]))


@bp.post("/campaigns")
@bp.input(CampaignIn)
@bp.output(CampaignOut, status_code=201)
@allow(*WRITERS)
def create(json_data: CampaignIn) -> CampaignOut:
    """Write a draft campaign; its texts are checked against the template now, not when they are sent."""
    with transaction():
        campaign = campaigns.create(**json_data.settings(), actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/preview")
@bp.input(PreviewIn)
@bp.output(PreviewOut)
@allow(*WRITERS)
def preview(json_data: PreviewIn) -> PreviewOut:
    """Count whom a campaign would reach now, and the others by reason."""
    template = message_templates.get_by_public_id(json_data.message_template_id)
    found = audiences.preview(
        template_id=template.id,
        tier_ids=campaign_links.tier_keys(json_data.tier_ids),
        with_birthday=json_data.kind == "birthday",
        app_id=parts().config.wechat_appid,
        now=now(),
    )
    return PreviewOut.model_validate(found)


@bp.get("/campaigns/<uuid:campaign_id>")
@bp.output(CampaignOut)
@allow(*READERS)
def get(campaign_id: UUID) -> CampaignOut:
    """One campaign."""
    return _out(campaigns.get_by_public_id(campaign_id))


@bp.patch("/campaigns/<uuid:campaign_id>")
@bp.input(CampaignPatch)
@bp.output(CampaignOut)
@allow(*WRITERS)
def change(campaign_id: UUID, json_data: CampaignPatch) -> CampaignOut:
    """Change a campaign that has not begun; whatever was approved is a draft again."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaigns.change(campaign, json_data.changes(), actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/schedule")
@bp.output(CampaignOut)
@allow(*WRITERS)
def schedule(campaign_id: UUID) -> CampaignOut:
    """Schedule a campaign: it runs at its time or times, or from now on for birthdays. Works once; a repeat is a conflict."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaigns.check(campaign)
        campaign = campaign_states.schedule(campaign, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/pause")
@bp.output(CampaignOut)
@allow(*WRITERS)
def pause(campaign_id: UUID) -> CampaignOut:
    """Pause a campaign: sending stops within a second."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaign_states.pause(campaign, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/resume")
@bp.output(CampaignOut)
@allow(*WRITERS)
def resume(campaign_id: UUID) -> CampaignOut:
    """Resume a campaign: exactly the rest is sent."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaign_states.resume(campaign, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/cancel")
@bp.output(CampaignOut)
@allow(*WRITERS)
def cancel(campaign_id: UUID) -> CampaignOut:
    """Cancel a campaign for good; what was sent stays sent."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaign_states.cancel(campaign, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/clone")
@bp.input(CloneIn)
@bp.output(CampaignOut, status_code=201)
@allow(*WRITERS)
def clone(campaign_id: UUID, json_data: CloneIn) -> CampaignOut:
    """Copy a campaign to a new draft with a name and a time of its own."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        made = campaigns.clone(campaign, name=json_data.name, actor=actor(), now=now())
    return _out(made)


@bp.get("/campaigns/<uuid:campaign_id>/report")
@bp.output(ReportOut)
@allow(*READERS)
def report(campaign_id: UUID) -> ReportOut:
    """What became of a campaign: every targeted member, counted in exactly one place."""
    return ReportOut.model_validate(campaign_reports.report(campaigns.get_by_public_id(campaign_id)))


@bp.get("/campaigns/<uuid:campaign_id>/deliveries")
@bp.input(DeliveryQuery, location="query")
@bp.output(DeliveryPage)
@allow(*READERS)
def deliveries(campaign_id: UUID, query_data: DeliveryQuery) -> DeliveryPage:
    """A campaign's deliveries one by one, with state and reason."""
    page = campaign_reports.list_deliveries(
        campaigns.get_by_public_id(campaign_id),
        after=decode(query_data.cursor, str, int),
        limit=query_data.limit,
        state=query_data.state,
    )
    return page_of(DeliveryPage, page, DeliveryOut.model_validate)


def _out(campaign: Campaign) -> CampaignOut:
    return CampaignOut.of(campaign, campaign_links.links_of([campaign])[campaign.id])
