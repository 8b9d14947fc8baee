"""Audit rows, written in the transaction of the change they tell of (I17)."""

from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import AuditEntry
from app.models.types import Json
from app.paging import Page, cut


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
    db.session.add(
        AuditEntry(
            recorded_at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            store_id=store_id if store_id is not None else actor.store_id,
            details=details,
            request_id=actor.request_id,
        )
    )


def list_entries(*, after: tuple[int] | None, limit: int, action: str | None = None) -> Page[AuditEntry]:
    """Newest first; `after` is the id of the last row seen."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(AuditEntry.id < after[0])
    if action is not None:
        query = query.where(AuditEntry.action == action)
    return cut(db.session.scalars(query).all(), limit, lambda entry: (entry.id,))
