"""Messages of the official account of which nobody knows whether they arrived: settled by WeChat's event about their msgid."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from app.extensions import db

ARRIVED: Final = "success"

# The event names no template. A message whose answer was lost, or is still on its way, has no msgid yet: it is meant when no
# other of this person is and it is the only one. Found through uq_delivery_open_dispatch.
_BY_EVENT: Final = text(
    """
WITH open AS (
    SELECT d.campaign_id, d.occurrence, d.member_id, d.msgid
    FROM delivery d
    WHERE d.awaiting_event AND d.openid = :openid AND d.channel = 'oa_template'
      AND (d.msgid = :msgid OR d.msgid IS NULL)
    FOR UPDATE
), meant AS (
    SELECT o.* FROM open o
    WHERE o.msgid IS NOT NULL OR (SELECT count(*) FROM open) = 1
)
UPDATE delivery d SET state = :state, reason = :reason, msgid = :msgid, awaiting_event = false, finished_at = :now
FROM meant
WHERE d.campaign_id = meant.campaign_id AND d.occurrence = meant.occurrence AND d.member_id = meant.member_id
RETURNING d.member_id
"""
)


def settle(openid: str, *, msgid: int | None, status: str, now: datetime) -> bool:
    """Apply WeChat's own word ("success", "failed:user block" …); False when no open message is meant."""
    if msgid is None:
        return False
    arrived = status == ARRIVED
    row = db.session.execute(
        _BY_EVENT,
        {
            "openid": openid,
            "msgid": msgid,
            "state": "sent" if arrived else "failed",
            "reason": None if arrived else f"event:{status or 'failed'}",
            "now": now,
        },
    ).first()
    return row is not None
