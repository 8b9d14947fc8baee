"""Messages as members will see them, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from blueprints.schemas.base import Closed, Out, Points, PublicId
from blueprints.schemas.messages import FieldKey

# As far as somebody has typed.
Typed = Annotated[str, StringConstraints(max_length=200)]


class MessagePreviewIn(Closed):
    """Texts that may still be incomplete or wrong, and what comes along."""

    message_template_id: PublicId
    field_values: Annotated[dict[FieldKey, Typed], Field(max_length=10)]
    coupon_batch_id: PublicId | None = None
    points_gift: Points | None = None


class PreviewLineOut(Out):
    """`typed` is what was written, `text` what a member reads; `limit` in characters; `problem`: why it would be refused."""

    key: str
    label: str
    type: str
    typed: str
    text: str
    limit: int | None
    problem: str | None


class MessagePreviewOut(Out):
    variant: str | None
    share_bp: int | None
    title: str
    page: str
    lines: list[PreviewLineOut]


class CampaignPreviewsOut(Out):
    """Every wording of a campaign."""

    campaign_id: UUID
    data: list[MessagePreviewOut]
