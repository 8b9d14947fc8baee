"""Audit rows, written in the transaction of the change they tell of (I17)."""

import json
from datetime import datetime

from app.actor import Actor
from app.extensions import db
from app.models.types import Json
from app.plain_statements import fetch_one
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
    fetch_one(
        statements.ADD,
        {
            "recorded_at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "action": action,
            "object_kind": object_kind,
            "object_id": object_id,
            "store_id": store_id if store_id is not None else actor.store_id,
            "details": json.dumps(details),
            "request_id": actor.request_id,
        },
    )
