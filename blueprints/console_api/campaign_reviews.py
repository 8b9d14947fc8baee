"""A second person's look at a campaign: submit, approve, reject."""

from uuid import UUID

from apiflask import APIBlueprint

from app.models import Campaign
from app.services import campaign_links, campaign_reviews, campaigns
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.campaign_parts import ApproveIn, RejectIn
from blueprints.schemas.campaigns import CampaignOut

bp = APIBlueprint("campaign_reviews", __name__, tag="campaigns")

WRITERS = ("marketer", "admin")
REVIEWERS = ("marketer", "manager", "admin")


@bp.post("/campaigns/<uuid:campaign_id>/submit")
@bp.output(CampaignOut)
@allow(*WRITERS)
def submit(campaign_id: UUID) -> CampaignOut:
    """Submit a draft for review by a second person."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaigns.check(campaign)
        campaign = campaign_reviews.submit(campaign, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/approve")
@bp.input(ApproveIn)
@bp.output(CampaignOut)
@allow(*REVIEWERS)
def approve(campaign_id: UUID, json_data: ApproveIn) -> CampaignOut:
    """Approve the submission that was looked at; whoever wrote or submitted it cannot."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaign_reviews.approve(campaign, submitted_at=json_data.submitted_at, actor=actor(), now=now())
    return _out(campaign)


@bp.post("/campaigns/<uuid:campaign_id>/reject")
@bp.input(RejectIn)
@bp.output(CampaignOut)
@allow(*REVIEWERS)
def reject(campaign_id: UUID, json_data: RejectIn) -> CampaignOut:
    """Send a campaign back to its author with a reason."""
    with transaction():
        campaign = campaigns.get_by_public_id(campaign_id)
        campaign = campaign_reviews.reject(campaign, reason=json_data.reason, actor=actor(), now=now())
    return _out(campaign)


def _out(campaign: Campaign) -> CampaignOut:
    return CampaignOut.of(campaign, campaign_links.links_of([campaign])[campaign.id])
