"""Messages on the way that the member no longer wants end in the transaction of the wish itself.

What an expansion writes at that very moment is caught at dispatch, which decides anew (`rules/before_send.py`)."""

from datetime import datetime

from app.extensions import db
from app.statements import pending_messages


def stop(member_id: int, *, now: datetime) -> int:
    """Suppress everything planned or claimed for a member who may not be told it any more; returns how many.

    For good: a wish taken back brings nothing back. A topic that another channel may still tell stays on its way."""
    db.session.flush()  # the wish itself must be seen
    return len(db.session.execute(pending_messages.STOP, {"member_id": member_id, "now": now}).all())
