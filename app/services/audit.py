"""Audit rows, written in the transaction of the change they tell of (I17)."""

import json
import uuid
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.extensions import db
from app.models.types import Json
from app.plain_statements import Plain, fetch_one
from app.statements import audit as statements


def record(
    action: str,
    *,
    actor: Actor,
    object_kind: str,
    object_id: int | None,
    details: Json,
    now: datetime,
    store_id: int | None = None,
) -> None:
    """Append one row: `action` is `noun.verb`, `details` holds masked values only."""
    db.session.flush()  # the statement goes past the session: the rows it names come first
    values = _values(action, actor=actor, object_kind=object_kind, details=details, now=now, store_id=store_id)
    fetch_one(statements.ADD, {**values, "object_id": object_id})


def recording_checkout(action: str, *, actor: Actor, public_id: uuid.UUID, details: Json, now: datetime) -> Plain:
    """The statement of `record` for the bill of this public id, written before it in the same round trip."""
    values = _values(action, actor=actor, object_kind="checkout", details=details, now=now)
    return statements.ADD_FOR_CHECKOUT, {**values, "public_id": public_id}


def _values(
    action: str, *, actor: Actor, object_kind: str, details: Json, now: datetime, store_id: int | None = None
) -> dict[str, Any]:
    return {
        "recorded_at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "action": action,
        "object_kind": object_kind,
        "store_id": store_id if store_id is not None else actor.store_id,
        "details": json.dumps(details),
        "request_id": actor.request_id,
    }
