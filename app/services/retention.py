"""Rows that have done their duty. Each kind is kept as long as somebody may still ask for it, and no longer."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import TextClause, text

from app.extensions import db

# Kind of row → what to delete. `expires_at` of an idempotency key is at least 72 hours away when it is written.
_PURGES: Final = {
    "idempotency_keys": ("idempotency_key", "expires_at < :now", timedelta()),
    "attempt_counters": ("attempt_counter", "window_start < :now", timedelta(days=2)),
    "member_sessions": ("member_session", "expires_at < :now", timedelta(days=30)),
    "staff_sessions": ("staff_session", "expires_at < :now", timedelta(days=30)),
    "wechat_events": ("wechat_event", "received_at < :now", timedelta(days=90)),
    # A signature is good for ten minutes at most (300 s to either side); the rest is for a server clock that was set back.
    "partner_nonces": ("partner_nonce", "used_at < :now", timedelta(hours=2)),
    # Fifteen minutes of life, and a day for clocks that were set back.
    "contact_codes": ("contact_code", "expires_at < :now", timedelta(days=1)),
    "job_runs": ("job_run", "started_at < :now", timedelta(days=30)),
}
# A year: who has not joined by then will hardly turn up, and the pseudonym of somebody who is no member must not be kept
# for ever. The bill itself stays as the shop's record.
WAITING_BUYER_KEPT_FOR: Final = timedelta(days=365)
WAITING_BUYERS: Final = "waiting_buyers"
KINDS: Final = (*_PURGES, WAITING_BUYERS)

# Found through the partial indexes of waiting bills.
_FORGET_BUYERS: Final = text(
    """
    UPDATE purchase SET buyer_phone_index = NULL, buyer_external_id = NULL
     WHERE id = ANY (ARRAY(
        SELECT id FROM purchase
         WHERE status = 'waiting' AND (buyer_phone_index IS NOT NULL OR buyer_external_id IS NOT NULL) AND occurred_at < :now
         LIMIT :limit FOR UPDATE SKIP LOCKED))
    """
)


def purge(kind: str, *, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of a kind that are past their time, of waiting bills the buyer alone; returns how many."""
    if kind == WAITING_BUYERS:
        return _run(_FORGET_BUYERS, before=now - WAITING_BUYER_KEPT_FOR, limit=limit)
    table, condition, kept_for = _PURGES[kind]
    statement = text(
        f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608  (names from the table above)
        f"SELECT ctid FROM {table} WHERE {condition} LIMIT :limit FOR UPDATE SKIP LOCKED))"
    )
    return _run(statement, before=now - kept_for, limit=limit)


def _run(statement: TextClause, *, before: datetime, limit: int) -> int:
    result = db.session.execute(statement, {"now": before, "limit": limit})
    return int(result.rowcount)  # type: ignore[attr-defined]
