"""What holds sending back now, for people: breakers, slowed and held accounts, the day's quotas; and their word about it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.models import MessageTemplate
from app.services import audit, send_breakers, send_controls
from app.services.send_breakers import Breaker
from app.services.send_controls import Quota, Restraint


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A breaker that is not closed; `template` where it is one's."""

    breaker: Breaker
    template: MessageTemplate | None


@dataclass(frozen=True, kw_only=True)
class State:
    """Empty lists: everything flows."""

    breakers: list[Standing]
    accounts: list[Restraint]
    quotas: list[Quota]


def look(*, now: datetime) -> State:
    """What stands still or goes slowly, and why."""
    found = send_breakers.list_open()
    keys = [int(one.key) for one in found if one.scope == "template"]
    query = select(MessageTemplate).where(MessageTemplate.id.in_(keys)).order_by(MessageTemplate.id)
    templates = {str(template.id): template for template in db.session.scalars(query)} if keys else {}
    return State(
        breakers=[
            Standing(breaker=one, template=templates.get(one.key) if one.scope == "template" else None) for one in found
        ],
        accounts=send_controls.list_restrained(now=now),
        quotas=send_controls.list_quotas(now=now),
    )


def decide_template(public_id: uuid.UUID, *, step: str, actor: Actor, now: datetime) -> None:
    """Let one message of a template try (`probe`), or say that it is mended (`close`). Raises NotFound."""
    key = db.session.scalar(select(MessageTemplate.id).where(MessageTemplate.public_id == public_id))
    if key is None:
        raise NotFound(kind="message_template")
    _BY_STEP[step]("template", str(key), actor=actor, now=now)


def decide_account(account: str, *, step: str, actor: Actor, now: datetime) -> None:
    """As for a template; `let_go` ends a hold, when the platform raised a limit. Raises NotFound when there is none."""
    if step != "let_go":
        _BY_STEP[step]("account", account, actor=actor, now=now)
        return
    if not send_controls.let_go(account, now=now):
        raise NotFound(kind="send_hold")
    audit.record(
        "send_hold.let_go",
        actor=actor,
        object_kind="send_account",
        object_id=None,
        details={"account": account},
        now=now,
    )


_BY_STEP: Final[dict[str, Callable[..., None]]] = {"probe": send_breakers.try_now, "close": send_breakers.close}
