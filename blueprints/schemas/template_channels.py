"""Texts of a message template on other channels."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.models import MessageTemplateChannel
from app.rules.channel_text import BODY_CHARACTERS, SUBJECT_CHARACTERS
from blueprints.schemas.base import Closed, Instant, Out, Text

TextChannel = Literal["oa_template", "sms", "email"]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.-]{1,64}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,35}$")]


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("control characters, line breaks and lone surrogates are not text")
    return value


def _lines(value: str) -> str:
    for line in value.split("\n"):
        _line(line)
    return value


class EmailTextIn(Closed):
    """Plain text; {thing1} is the message's own field, {nickname}, {shop} … what every message knows."""

    subject: Annotated[str, StringConstraints(min_length=1, max_length=SUBJECT_CHARACTERS), AfterValidator(_line)]
    body: Annotated[str, StringConstraints(min_length=1, max_length=BODY_CHARACTERS), AfterValidator(_lines)]


class ExternalTextIn(Closed):
    """A template that WeChat or the SMS provider holds, and how its fields are filled from ours."""

    external_template_id: ExternalId
    fields: Annotated[dict[FieldName, Text], Field(min_length=1, max_length=10)]


class TextOut(Out):
    channel: TextChannel
    external_template_id: str | None
    subject: str | None
    body: str | None
    fields: dict[str, str]
    updated_at: Instant

    @classmethod
    def of(cls, row: MessageTemplateChannel) -> "TextOut":
        return cls.model_validate(row)


class TextsOut(Out):
    data: list[TextOut]
