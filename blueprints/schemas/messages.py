"""Message templates and subscription reports on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models import MessageTemplate
from app.services.message_templates import Difference, Offer
from blueprints.schemas.base import Closed, Code, Out, Text

# The code of a message topic: data, see GET /message-topics.
Topic = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
# "thing1", "character_string12": the letters are WeChat's field type.
FieldKey = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}[0-9]{1,4}$")]
WeChatTemplateId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
PagePath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_/-]{0,127}(\?[A-Za-z0-9_=&%.-]{0,100})?$")
]
Fields = Annotated[dict[FieldKey, Text], Field(min_length=1, max_length=10)]
Enums = Annotated[dict[FieldKey, Annotated[list[Text], Field(min_length=1, max_length=50)]], Field(max_length=10)]


class MessageTemplateIn(Closed):
    """`fields` maps WeChat's keys to our names of them; `enums` lists the only values of an enum field."""

    code: Code
    wechat_template_id: WeChatTemplateId
    title: Text
    topic: Topic
    fields: Fields
    enums: Enums = Field(default_factory=dict)
    page: PagePath = "pages/home/index"


class MessageTemplatePatch(Closed):
    """Only what is given changes."""

    wechat_template_id: WeChatTemplateId | None = None
    title: Text | None = None
    topic: Topic | None = None
    fields: Fields | None = None
    enums: Enums | None = None
    page: PagePath | None = None
    is_enabled: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What to change, by column."""
        return self.model_dump(exclude_none=True)


class MessageTemplateOut(Out):
    id: UUID
    code: str
    wechat_template_id: str
    title: str
    topic: str
    fields: dict[str, str]
    enums: dict[str, list[str]]
    page: str
    is_enabled: bool

    @classmethod
    def of(cls, template: MessageTemplate) -> "MessageTemplateOut":
        return cls(
            id=template.public_id,
            code=template.code,
            wechat_template_id=template.wechat_template_id,
            title=template.title,
            topic=template.topic,
            fields=template.fields,
            enums=template.enums,
            page=template.page,
            is_enabled=template.is_enabled,
        )


class MessageTemplatePage(Out):
    data: list[MessageTemplateOut]
    has_more: bool
    next_cursor: str | None


class DifferenceOut(Out):
    problem: Literal["not_in_account", "not_one_time", "title", "field_missing", "field_unknown", "choices"]
    field: str | None
    ours: str | None
    theirs: str | None


class CheckOut(Out):
    """`ok` means WeChat's template is what we think it is."""

    ok: bool
    differences: list[DifferenceOut]

    @classmethod
    def of(cls, differences: list[Difference]) -> "CheckOut":
        return cls(ok=not differences, differences=[DifferenceOut.model_validate(d) for d in differences])


class SubscriptionOut(Out):
    """Ask for `wechat_template_id` in wx.requestSubscribeMessage; `remaining` messages may still come without asking."""

    wechat_template_id: str
    title: str
    topic: str
    remaining: int

    @classmethod
    def of(cls, offer: Offer) -> "SubscriptionOut":
        template = offer.template
        return cls(
            wechat_template_id=template.wechat_template_id,
            title=template.title,
            topic=template.topic,
            remaining=offer.remaining,
        )


class SubscriptionList(Out):
    data: list[SubscriptionOut]

    @classmethod
    def of(cls, offers: list[Offer]) -> "SubscriptionList":
        return cls(data=[SubscriptionOut.of(offer) for offer in offers])


class ReportedResult(Closed):
    wechat_template_id: WeChatTemplateId
    result: Literal["accept", "reject", "ban", "filter"]


class SubscriptionReportIn(Closed):
    """What wx.requestSubscribeMessage answered; `report_id` is the client's own, the same for a repeat."""

    report_id: Code
    # The platform asks for at most three templates at once.
    results: Annotated[list[ReportedResult], Field(min_length=1, max_length=3)]
