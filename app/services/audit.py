"""Audit rows, written in the transaction of the change they tell of (I17)."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from app.actor import Actor
from app.extensions import db
from app.models import AuditEntry, Staff
from app.models.types import Json
from app.paging import Page, cut
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


@dataclass(frozen=True)
class AuditRow:
    """One entry and the name of the person of the staff who acted; None for members and the system."""

    entry: AuditEntry
    actor_name: str | None


def list_entries(*, after: tuple[int] | None, limit: int, action: str | None = None) -> Page[AuditRow]:
    """Newest first; `after` is the id of the last row seen."""
    by_staff = and_(AuditEntry.actor_kind == "staff", Staff.id == AuditEntry.actor_id)
    query = (
        select(AuditEntry, Staff.display_name)
        .outerjoin(Staff, by_staff)
        .order_by(AuditEntry.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(AuditEntry.id < after[0])
    if action is not None:
        query = query.where(AuditEntry.action == action)
    rows = [AuditRow(entry, name) for entry, name in db.session.execute(query)]
    return cut(rows, limit, lambda row: (row.entry.id,))
