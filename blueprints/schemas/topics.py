"""Message topics and scenes on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.models import MessageTopic
from app.services.subscription_scenes import Scene as SceneValue
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text
from blueprints.schemas.messages import Topic

Channel = Literal["subscribe", "oa_template", "sms", "email"]
# In the order they are tried.
Channels = Annotated[list[Channel], Field(min_length=1, max_length=4, json_schema_extra={"uniqueItems": True})]
CoolOff = Annotated[int, Field(ge=0, le=365)]
Scene = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Weight = Annotated[int, Field(ge=1, le=100)]


def _by_subscribe() -> list[Channel]:
    return ["subscribe"]


class _Distinct(Closed):
    @model_validator(mode="after")
    def _each_channel_once(self) -> "_Distinct":
        channels = getattr(self, "channels", None) or []
        if len(set(channels)) < len(channels):
            raise ValueError("each channel once")
        return self


class MessageTopicIn(_Distinct):
    """`is_marketing`: needs consent and counts against the caps; `is_required`: a member cannot switch it off."""

    code: Topic
    name: Text
    name_en: Text
    is_marketing: bool
    is_required: bool = False
    cool_off_days: CoolOff = 0
    channels: Channels = Field(default_factory=_by_subscribe)


class MessageTopicPatch(_Distinct):
    """Only what is given changes."""

    name: Text | None = None
    name_en: Text | None = None
    is_marketing: bool | None = None
    is_required: bool | None = None
    cool_off_days: CoolOff | None = None
    channels: Channels | None = None

    def changes(self) -> dict[str, Any]:
        """What to change, by column."""
        return self.model_dump(exclude_none=True)


class MessageTopicOut(Out):
    code: str
    name: str
    name_en: str
    is_marketing: bool
    is_required: bool
    cool_off_days: int
    channels: list[Channel]
    updated_at: Instant

    @classmethod
    def of(cls, topic: MessageTopic) -> "MessageTopicOut":
        return cls.model_validate(topic)


class MessageTopicsOut(Out):
    data: list[MessageTopicOut]


class SceneTemplateIn(Closed):
    message_template_id: PublicId
    weight: Weight = 10


class SceneIn(Closed):
    """Everything the scene may ask for; an empty list: nothing any more."""

    templates: Annotated[list[SceneTemplateIn], Field(max_length=20)]


class SceneTemplateOut(Out):
    message_template_id: UUID
    code: str
    title: str
    topic: str
    is_enabled: bool
    weight: int


class SceneOut(Out):
    scene: str
    templates: list[SceneTemplateOut]

    @classmethod
    def of(cls, scene: SceneValue) -> "SceneOut":
        return cls(
            scene=scene.scene,
            templates=[
                SceneTemplateOut(
                    message_template_id=one.template.public_id,
                    code=one.template.code,
                    title=one.template.title,
                    topic=one.template.topic,
                    is_enabled=one.template.is_enabled,
                    weight=one.weight,
                )
                for one in scene.templates
            ],
        )


class ScenesOut(Out):
    data: list[SceneOut]
