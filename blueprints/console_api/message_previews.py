"""How a message reads on the phone, with values like those of members; nothing is sent."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import campaigns, message_previews
from blueprints.identity import allow, now
from blueprints.schemas.message_previews import CampaignPreviewsOut, MessagePreviewIn, MessagePreviewOut

bp = APIBlueprint("message_previews", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")


@bp.post("/message-previews")
@bp.input(MessagePreviewIn)
@bp.output(MessagePreviewOut)
@allow(*READERS)
def of_texts(json_data: MessagePreviewIn) -> MessagePreviewOut:
    """Fill texts that nobody saved; each field's limit, and what is wrong with it."""
    preview = message_previews.of_texts(
        json_data.message_template_id,
        json_data.field_values,
        batch_public_id=json_data.coupon_batch_id,
        points_gift=json_data.points_gift,
        now=now(),
    )
    return MessagePreviewOut.model_validate(preview)


@bp.get("/campaigns/<uuid:campaign_id>/message-previews")
@bp.output(CampaignPreviewsOut)
@allow(*READERS)
def of_campaign(campaign_id: UUID) -> CampaignPreviewsOut:
    """Every wording of a campaign as it would read on the day it goes out."""
    found = message_previews.of_campaign(campaigns.get_by_public_id(campaign_id), now=now())
    return CampaignPreviewsOut(campaign_id=campaign_id, data=[MessagePreviewOut.model_validate(one) for one in found])
