"""Messages of which nobody knows whether they arrived. WeChat's sent event settles them, or they stay in doubt; they are
never sent a second time."""

from datetime import datetime, timedelta

from sqlalchemy import text, update

from app.extensions import db
from app.models import Delivery

# Connect 3 s, read 8 s, a dripping body 12 s, one renewed token in between: after this nobody is waiting any more.
LONGEST_CALL = timedelta(seconds=60)
# WeChat repeats an event three times within seconds; what has not come by now will not come.
EVENT_WAIT = timedelta(minutes=10)

_BY_EVENT = text(
    """
UPDATE delivery d SET state = :state, reason = :reason, errcode = :errcode, msgid = coalesce(d.msgid, :msgid),
                      awaiting_event = false, finished_at = :now
FROM message_template t
WHERE t.id = d.message_template_id AND t.wechat_template_id = :wechat_template_id
  AND d.openid = :openid AND d.awaiting_event
  AND (d.msgid IS NULL OR CAST(:msgid AS bigint) IS NULL OR d.msgid = :msgid)
RETURNING d.member_id
"""
)


def settle_by_event(
    openid: str, *, wechat_template_id: str, status: str, errcode: int | None, msgid: int | None, now: datetime
) -> bool:
    """Apply WeChat's own word about the one open message of this person and template; False when there is none.

    Leans on uq_delivery_open_dispatch. A late event about an earlier message, told apart by its msgid, is ignored."""
    arrived = status == "success"
    row = db.session.execute(
        _BY_EVENT,
        {
            "state": "sent" if arrived else "failed",
            "reason": None if arrived else f"event:{status or 'failed'}",
            "errcode": None if arrived else errcode,
            "msgid": msgid,
            "wechat_template_id": wechat_template_id,
            "openid": openid,
            "now": now,
        },
    ).first()
    return row is not None


def reap(*, now: datetime) -> int:
    """Put in doubt what a dead worker left between its commit and the answer; returns how many."""
    return len(
        db.session.scalars(
            update(Delivery)
            .where(Delivery.state == "dispatching", Delivery.dispatched_at < now - LONGEST_CALL)
            .values(state="in_doubt", reason="no_answer")
            .returning(Delivery.member_id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def stop_waiting(*, now: datetime) -> int:
    """Expect no more events for messages older than the wait; in doubt stays in doubt. Returns how many."""
    return len(
        db.session.scalars(
            update(Delivery)
            .where(
                Delivery.awaiting_event,
                Delivery.state.in_(("sent", "in_doubt")),
                Delivery.dispatched_at < now - EVENT_WAIT,
            )
            .values(awaiting_event=False, finished_at=db.func.coalesce(Delivery.finished_at, now))
            .returning(Delivery.member_id)
            .execution_options(synchronize_session=False)
        ).all()
    )
