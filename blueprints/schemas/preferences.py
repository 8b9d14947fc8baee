"""The preference centre and what to ask for now, on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.services.consents import Standing
from app.services.message_preferences import Switch, TopicChoice
from app.services.subscription_offers import Asked
from blueprints.schemas.base import Closed, ClosedQuery, Instant, Out, Text
from blueprints.schemas.members import ConsentOut, MarketingConsentIn
from blueprints.schemas.messages import Topic
from blueprints.schemas.topics import Channel, Scene


class SwitchIn(Closed):
    topic: Topic
    channel: Channel
    is_on: bool


class PreferencesIn(Closed):
    """The switches named change, the others stay. `marketing` gives or withdraws consent: withdrawn, no marketing comes."""

    switches: Annotated[list[SwitchIn], Field(max_length=100)] = Field(default_factory=list)
    marketing: MarketingConsentIn | None = None

    def asked(self) -> list[Switch]:
        """As the service takes them."""
        return [Switch(topic=one.topic, channel=one.channel, is_on=one.is_on) for one in self.switches]


class SwitchedOff(Closed):
    topic: Topic
    channel: Channel


class SwitchOffIn(Closed):
    """What the member asked for, and how (`reason`): off, never on."""

    switches: Annotated[list[SwitchedOff], Field(max_length=100)] = Field(default_factory=list)
    withdraw_marketing: bool = False
    reason: Text

    @model_validator(mode="after")
    def _something(self) -> "SwitchOffIn":
        if not self.switches and not self.withdraw_marketing:
            raise ValueError("name a switch, or withdraw marketing")
        return self

    def asked(self) -> list[Switch]:
        """As the service takes them."""
        return [Switch(topic=one.topic, channel=one.channel, is_on=False) for one in self.switches]


class WayOut(Out):
    """`locked_by`: the switch alone decides nothing. `changed_by` is null while nobody has touched it."""

    channel: Channel
    is_on: bool
    locked_by: Literal["required", "no_marketing_consent"] | None
    changed_by: Literal["member", "staff", "channel"] | None
    changed_at: Instant | None


class TopicChoiceOut(Out):
    """Channels in the order they are tried."""

    topic: str
    name: str
    name_en: str
    is_marketing: bool
    channels: list[WayOut]


class PreferencesOut(Out):
    """`marketing`: the consent every marketing topic hangs on."""

    marketing: ConsentOut
    data: list[TopicChoiceOut]

    @classmethod
    def of(cls, choices: list[TopicChoice], marketing: Standing) -> "PreferencesOut":
        return cls(
            marketing=ConsentOut.of(marketing),
            data=[
                TopicChoiceOut(
                    topic=one.topic,
                    name=one.name,
                    name_en=one.name_en,
                    is_marketing=one.is_marketing,
                    channels=[WayOut.model_validate(way) for way in one.ways],
                )
                for one in choices
            ],
        )


class SceneQuery(ClosedQuery):
    scene: Scene


class OfferedSubscription(Out):
    """Ask for `wechat_template_id`. needed: from `needed_on` on, messages to come would find no permission."""

    wechat_template_id: str
    title: str
    topic: str
    topic_name: str
    topic_name_en: str
    remaining: int
    reason: Literal["needed", "running_low"]
    needed_on: date | None


class SubscriptionOffersOut(Out):
    """At most three: what wx.requestSubscribeMessage takes at once. Empty: ask for nothing now."""

    scene: str
    data: list[OfferedSubscription]

    @classmethod
    def of(cls, scene: str, asked: list[Asked]) -> "SubscriptionOffersOut":
        return cls(scene=scene, data=[OfferedSubscription.model_validate(one) for one in asked])
