"""Scenes: the moments of the mini-program at which it may ask for subscriptions, and for which templates."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy import delete, func, select

from app.actor import Actor
from app.errors import InvalidInput, NotFound
from app.extensions import db
from app.models import MessageTemplate, SubscriptionScene
from app.services import audit

# As ck_subscription_scene_scene_shape has it.
SCENE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, kw_only=True)
class SceneTemplate:
    """A template that may be asked for at a scene, and how heavily it counts there (1 to 100)."""

    template: MessageTemplate
    weight: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene and its templates, the heaviest first."""

    scene: str
    templates: list[SceneTemplate]


def list_all() -> list[Scene]:
    """Every scene that asks for something, by name. Few: the client has a handful of such moments."""
    rows = db.session.execute(
        select(SubscriptionScene.scene, SubscriptionScene.weight, MessageTemplate)
        .join(MessageTemplate, MessageTemplate.id == SubscriptionScene.message_template_id)
        .order_by(SubscriptionScene.scene, SubscriptionScene.weight.desc(), MessageTemplate.id)
    ).all()
    return [
        Scene(
            scene=scene,
            templates=[SceneTemplate(template=row.MessageTemplate, weight=row.weight) for row in templates],
        )
        for scene, templates in groupby(rows, key=attrgetter("scene"))
    ]


def put(scene: str, weights: Mapping[uuid.UUID, int], *, actor: Actor, now: datetime) -> Scene:
    """Say what a scene asks for, by template; nothing: it asks for nothing any more.

    Errors: InvalidInput (scene), NotFound (message_template)."""
    if not SCENE.fullmatch(scene):
        raise InvalidInput(fields={"path.scene": ["small letters, digits and _, at most 32"]})
    # Two people at once: the second one's list replaces the first one's whole.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"scene:{scene}", 0))))
    templates = db.session.scalars(
        select(MessageTemplate).where(MessageTemplate.public_id.in_(weights)).order_by(MessageTemplate.id)
    ).all()
    if len(templates) < len(weights):
        raise NotFound(kind="message_template")
    before = dict(
        db.session.execute(
            delete(SubscriptionScene)
            .where(SubscriptionScene.scene == scene)
            .returning(SubscriptionScene.message_template_id, SubscriptionScene.weight)
        ).all()
    )
    rows = [
        SubscriptionScene(scene=scene, message_template_id=one.id, weight=weights[one.public_id]) for one in templates
    ]
    db.session.add_all(rows)
    _audit(scene, before, {row.message_template_id: row.weight for row in rows}, actor=actor, now=now)
    found = [SceneTemplate(template=one, weight=weights[one.public_id]) for one in templates]
    return Scene(scene=scene, templates=sorted(found, key=lambda one: (-one.weight, one.template.id)))


def _audit(scene: str, before: Mapping[int, int], after: Mapping[int, int], *, actor: Actor, now: datetime) -> None:
    audit.record(
        "subscription_scene.put",
        actor=actor,
        object_kind="subscription_scene",
        object_id=None,
        details={
            "scene": scene,
            "before": {str(number): weight for number, weight in before.items()},
            "after": {str(number): weight for number, weight in after.items()},
        },
        now=now,
    )
