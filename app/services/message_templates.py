"""Message templates: which of WeChat's templates the shop uses, with what fields, and whether WeChat still agrees."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import MessageFieldsInvalid, MessageTemplateTaken, NotFound
from app.extensions import db
from app.models import MessageTemplate, MessageTopic
from app.paging import Page, cut
from app.rules import message_fields
from app.services import audit, subscription_grants


class WeChatTemplate(Protocol):
    """One template as WeChat lists it: `fields` maps a key such as "thing1" to its type."""

    @property
    def template_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def kind(self) -> str: ...
    @property
    def enums(self) -> Mapping[str, Sequence[str]]: ...


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A template a member may be asked to subscribe to, and how many messages they still get without asking."""

    template: MessageTemplate
    remaining: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One way in which WeChat's template is not ours. `ours` and `theirs` only for texts and lists."""

    problem: str
    field: str | None = None
    ours: str | None = None
    theirs: str | None = None


def create(values: dict[str, Any], *, actor: Actor, now: datetime) -> MessageTemplate:
    """Add a template. Errors: MessageFieldsInvalid, MessageTemplateTaken, NotFound (message_topic)."""
    _check_topic(values["topic"])
    _check_fields(values["fields"], values["enums"])
    template = MessageTemplate(**values)
    try:
        with db.session.begin_nested():
            db.session.add(template)
    except IntegrityError as error:
        if constraint_name(error) in ("uq_message_template_code", "uq_message_template_wechat_template_id"):
            raise MessageTemplateTaken from error
        raise
    _audit("create", template, actor=actor, details=values, now=now)
    return template


def change(public_id: uuid.UUID, changes: dict[str, Any], *, actor: Actor, now: datetime) -> MessageTemplate:
    """Change title, topic, page, fields or whether it is in use. A campaign keeps to the fields at dispatch.

    Errors: NotFound (also message_topic), MessageFieldsInvalid, MessageTemplateTaken."""
    template = get_by_public_id(public_id)
    _check_topic(changes.get("topic", template.topic))
    _check_fields(changes.get("fields", template.fields), changes.get("enums", template.enums))
    before = {key: getattr(template, key) for key in changes}
    try:
        with db.session.begin_nested():
            for key, value in changes.items():
                setattr(template, key, value)
    except IntegrityError as error:
        if constraint_name(error) == "uq_message_template_wechat_template_id":
            raise MessageTemplateTaken from error
        raise
    _audit("update", template, actor=actor, details={"before": before, "after": changes}, now=now)
    return template


def get_by_public_id(public_id: uuid.UUID) -> MessageTemplate:
    """Raises NotFound."""
    template = db.session.scalar(select(MessageTemplate).where(MessageTemplate.public_id == public_id))
    if template is None:
        raise NotFound(kind="message_template")
    return template


def list_templates(*, after: tuple[int] | None, limit: int) -> Page[MessageTemplate]:
    """Newest first."""
    query = select(MessageTemplate).order_by(MessageTemplate.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(MessageTemplate.id < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda template: (template.id,))


def list_offers(member_id: int) -> list[Offer]:
    """The templates in use, the ones this member has least left of first."""
    left = subscription_grants.remaining(member_id)
    templates = db.session.scalars(
        select(MessageTemplate).where(MessageTemplate.is_enabled).order_by(MessageTemplate.id)
    ).all()
    offers = [Offer(template=template, remaining=left.get(template.id, 0)) for template in templates]
    return sorted(offers, key=lambda offer: offer.remaining)


def report_accepts(member_id: int, *, report_id: str, accepted: Sequence[str], now: datetime) -> list[Offer]:
    """Take a client's word for what was tapped: a hint, counted once per report and template. Unknown ids are ignored."""
    templates = db.session.scalars(
        select(MessageTemplate)
        .where(MessageTemplate.wechat_template_id.in_(accepted), MessageTemplate.is_enabled)
        .order_by(MessageTemplate.id)
    ).all()
    for template in templates:
        subscription_grants.accept(member_id, template.id, witness="client", source=f"client:{report_id}", now=now)
    return list_offers(member_id)


def compare(template: MessageTemplate, listed: Sequence[WeChatTemplate]) -> list[Difference]:
    """How WeChat's own list differs from what we would send; empty when every message of ours can pass."""
    theirs = next((item for item in listed if item.template_id == template.wechat_template_id), None)
    if theirs is None:
        return [Difference(problem="not_in_account")]
    found = []
    if theirs.kind != "one_time":
        found.append(Difference(problem="not_one_time", theirs=theirs.kind))
    if theirs.title != template.title:
        found.append(Difference(problem="title", ours=template.title, theirs=theirs.title))
    found += [Difference(problem="field_missing", field=key) for key in theirs.fields if key not in template.fields]
    found += [Difference(problem="field_unknown", field=key) for key in template.fields if key not in theirs.fields]
    for key, choices in theirs.enums.items():
        ours = template.enums.get(key, [])
        if sorted(ours) != sorted(choices):
            found.append(Difference(problem="choices", field=key, ours="、".join(ours), theirs="、".join(choices)))
    return found


def _check_topic(code: str) -> None:
    if db.session.get(MessageTopic, code) is None:
        raise NotFound(kind="message_topic")


def _check_fields(fields: Mapping[str, str], enums: Mapping[str, Sequence[str]]) -> None:
    problems = {key: "unknown_type" for key in fields if message_fields.type_of(key) is None}
    problems |= {key: "not_in_template" for key in enums if key not in fields}
    for key, choices in enums.items():
        for choice in choices:
            problem = message_fields.find_problem(key, choice)
            if problem and key not in problems:
                problems[key] = problem
    if problems:
        raise MessageFieldsInvalid(fields=problems)


def _audit(verb: str, template: MessageTemplate, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"message_template.{verb}",
        actor=actor,
        object_kind="message_template",
        object_id=template.id,
        details=details,
        now=now,
    )
