"""What all deliveries of one campaign share, read once per claim: texts, template, gift, limits and the shop's clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.models import (
    Campaign,
    CampaignVariant,
    CouponBatch,
    CouponTemplate,
    MessageTemplate,
    MessageTemplateChannel,
    MessageTopic,
)
from app.models.campaign import AUTOMATIONS
from app.rules.before_send import Policy
from app.services import programmes

# To one colleague: enough to try every wording, and a bound all the same.
TESTS_PER_DAY: Final = 50
# Messages a second of a channel the programme names no rate for.
DEFAULT_RATE: Final = 10


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message says, with placeholders, and the page it opens."""

    field_values: dict[str, str]
    page: str


@dataclass(frozen=True, kw_only=True)
class ChannelText:
    """How the template reads on another channel (rules/channel_text.py)."""

    template_id: str
    subject: str
    body: str
    fields: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Rates in messages per second; the campaign's own rate is None when only the shop's limits it."""

    campaign_id: int
    kind: str
    app_id: str
    message_template_id: int
    wechat_template_id: str
    fields: dict[str, str]
    enums: dict[str, list[str]]
    # By variant; None is the campaign's own text.
    wordings: Mapping[str | None, Wording]
    gift_name: str | None
    gift_fen: int | None
    # Points that come along with the message.
    gift_points: int | None
    # Given in the transaction that sends, unless it was before.
    has_benefit: bool
    shop: str
    policy: Policy
    cut_over_hour: int
    shop_rate: int
    shop_day_cap: int
    campaign_rate: int | None
    oa_app_id: str = ""
    # The topic: what a member may switch off, whether it is marketing, by which channels in turn.
    topic: str = ""
    is_marketing: bool = True
    # Automations alone: how long the topic rests after a message.
    cool_off_days: int = 0
    order: tuple[str, ...] = ("subscribe",)
    # Channels that are configured and for which the template has a text.
    ready: frozenset[str] = frozenset({"subscribe"})
    texts: dict[str, ChannelText] = field(default_factory=dict)
    channel_rates: dict[str, int] = field(default_factory=dict)

    def local_date(self, at: datetime) -> date:
        """The shop's business date."""
        return clock.business_date(at, zone=self.policy.zone, cut_over_hour=self.cut_over_hour)

    def periods(self, at: datetime) -> dict[str, str]:
        """ISO dates of the business day, its week's Monday and its month's first: the frequency counters' keys."""
        day = self.local_date(at)
        return {
            "day": day.isoformat(),
            "week": (day - timedelta(days=day.weekday())).isoformat(),
            "month": day.replace(day=1).isoformat(),
        }

    def wording(self, variant: str | None) -> Wording:
        """Of a variant that is no more, the campaign's own."""
        return self.wordings.get(variant) or self.wordings[None]

    def account(self, channel: str = "subscribe") -> str:
        """Whose rate, pace, quota and breaker a channel's messages share."""
        names = {"subscribe": f"app:{self.app_id}", "oa_template": f"oa:{self.oa_app_id}"}
        return names.get(channel, channel)

    def day_cap(self, channel: str = "subscribe") -> int | None:
        """Messages the platform takes on one of its days; None where it does not say."""
        return self.shop_day_cap if channel == "subscribe" else None

    def rates(self, channel: str = "subscribe") -> dict[str, float]:
        """The limiter's keys: the channel's account, and the campaign's own."""
        rate = self.shop_rate if channel == "subscribe" else self.channel_rates.get(channel, DEFAULT_RATE)
        rates: dict[str, float] = {self.account(channel): rate}
        if self.campaign_rate is not None:
            rates[f"campaign:{self.campaign_id}"] = self.campaign_rate
        return rates


def get(
    campaign_id: int, *, app_id: str, oa_app_id: str = "", channels: Collection[str] = frozenset({"subscribe"})
) -> Sheet:
    """`channels`: those configured. Raises NotFound."""
    row = db.session.execute(
        select(Campaign, MessageTemplate, CouponTemplate, MessageTopic)
        .join(MessageTemplate, MessageTemplate.id == Campaign.message_template_id)
        .join(MessageTopic, MessageTopic.code == MessageTemplate.topic)
        .outerjoin(CouponBatch, CouponBatch.id == Campaign.coupon_batch_id)
        .outerjoin(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .where(Campaign.id == campaign_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(kind="campaign")
    campaign, template, gift, topic = row
    texts = _texts(template.id)
    programme = programmes.get()
    is_test = campaign.kind == "test"
    return Sheet(
        campaign_id=campaign.id,
        kind=campaign.kind,
        app_id=app_id,
        message_template_id=template.id,
        wechat_template_id=template.wechat_template_id,
        fields=template.fields,
        enums=template.enums,
        wordings=_wordings(campaign, template),
        gift_name=gift.name if gift else None,
        gift_fen=gift.value_fen if gift else None,
        gift_points=campaign.points_gift,
        # A birthday's gift is given when it is planned; a test gives nothing.
        has_benefit=not is_test
        and campaign.kind != "birthday"
        and (campaign.coupon_batch_id is not None or campaign.points_gift is not None),
        shop=programme.name,
        policy=Policy(
            quiet_from=programme.quiet_from,
            # Colleagues who look at a test chose the hour, and want to see every version of it.
            quiet_until=programme.quiet_from if is_test else programme.quiet_until,
            zone=programme.zone,
            per_day=TESTS_PER_DAY if is_test else programme.messages_per_day,
            per_week=TESTS_PER_DAY if is_test else programme.messages_per_week,
            per_month=TESTS_PER_DAY if is_test else programme.messages_per_month,
        ),
        cut_over_hour=programme.cut_over_hour,
        shop_rate=programme.sends_per_second,
        shop_day_cap=programme.sends_per_day,
        campaign_rate=campaign.sends_per_second,
        oa_app_id=oa_app_id,
        topic=topic.code,
        is_marketing=topic.is_marketing,
        cool_off_days=topic.cool_off_days if campaign.kind in AUTOMATIONS else 0,
        order=tuple(topic.channels),
        ready=frozenset(channels) & {"subscribe", *texts},
        texts=texts,
        channel_rates=programme.channel_rates,
    )


def _wordings(campaign: Campaign, template: MessageTemplate) -> dict[str | None, Wording]:
    own = Wording(campaign.field_values, campaign.page or template.page)
    variants = db.session.scalars(
        select(CampaignVariant).where(CampaignVariant.campaign_id == campaign.id).order_by(CampaignVariant.code)
    )
    said: dict[str | None, Wording] = {None: own}
    for variant in variants:
        said[variant.code] = Wording({**own.field_values, **variant.field_values}, variant.page or own.page)
    return said


def _texts(message_template_id: int) -> dict[str, ChannelText]:
    rows = db.session.scalars(
        select(MessageTemplateChannel)
        .where(MessageTemplateChannel.message_template_id == message_template_id)
        .execution_options(populate_existing=True)
    )
    return {
        row.channel: ChannelText(
            template_id=row.external_template_id or "",
            subject=row.subject or "",
            body=row.body or "",
            fields=row.fields,
        )
        for row in rows
    }
