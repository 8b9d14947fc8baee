"""What happened to members, once per occurrence; messages and automations start from here."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import MemberEvent
from app.services import programmes


def record(member_id: int, *, kind: str, occurrence: str, details: dict[str, Any], now: datetime) -> bool:
    """Write that `kind` happened; False when this `occurrence` was written before."""
    statement = insert(MemberEvent).values(
        member_id=member_id,
        kind=kind,
        occurrence=occurrence,
        details=details,
        business_date=programmes.business_date(now),
        occurred_at=now,
    )
    once = statement.on_conflict_do_nothing(index_elements=["member_id", "kind", "occurrence"])
    return db.session.scalar(once.returning(MemberEvent.member_id)) is not None
