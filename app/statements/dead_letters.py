"""What a person does about messages that failed or are in doubt: one conditional UPDATE each, so of two people, or a person and
WeChat's event, one is first and the other is told. Whoever calls holds the campaign (HOLD): it cannot end meanwhile."""

from typing import Final

from sqlalchemy import text

_ROW: Final = "campaign_id = :campaign_id AND occurrence = :occurrence AND member_id = :member_id"

HOLD: Final = text("SELECT state FROM campaign WHERE id = :campaign_id FOR UPDATE")

# A campaign that had ended sends again, and ends again when nothing is left (end_campaigns.FINISH).
REOPEN: Final = text(
    "UPDATE campaign SET state = 'running', finished_at = NULL WHERE id = :campaign_id AND state = 'done'"
)

# Failed means certainly not taken: permission and caps were given back then, and are looked at anew when it is sent. What
# WeChat's event or a person called failed may have left all the same; a wish whose day is over stays what it is.
RETRY: Final = text(
    f"""
UPDATE delivery SET state = 'planned', reason = NULL, errcode = NULL, attempts = 0, due_at = :now, finished_at = NULL,
                    claim_token = NULL, lease_until = NULL
WHERE {_ROW} AND state = 'failed' AND NOT awaiting_event
  AND (reason IS NULL OR reason NOT LIKE 'event:%' AND reason <> 'settled_by_hand')
  AND (expires_at IS NULL OR expires_at > :now)
  AND EXISTS (SELECT FROM campaign c WHERE c.id = :campaign_id AND c.state IN ('running', 'paused', 'done'))
RETURNING member_id
"""  # noqa: S608  (fixed text)
)

# All that failed for one reason, at most so many; SKIP LOCKED: two people share the work instead of waiting.
RETRY_ALL: Final = text(
    """
WITH due AS MATERIALIZED (
    SELECT d.campaign_id, d.occurrence, d.member_id FROM delivery d JOIN campaign c ON c.id = d.campaign_id
    WHERE d.campaign_id = :campaign_id AND d.state = 'failed' AND NOT d.awaiting_event
      AND (d.reason IS NULL OR d.reason NOT LIKE 'event:%' AND d.reason <> 'settled_by_hand')
      AND d.errcode IS NOT DISTINCT FROM CAST(:errcode AS bigint)
      AND (d.expires_at IS NULL OR d.expires_at > :now) AND c.state IN ('running', 'paused', 'done')
    ORDER BY d.occurrence, d.member_id LIMIT :limit
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE delivery SET state = 'planned', reason = NULL, errcode = NULL, attempts = 0, due_at = :now, finished_at = NULL,
                    claim_token = NULL, lease_until = NULL
FROM due
WHERE delivery.campaign_id = due.campaign_id AND delivery.occurrence = due.occurrence
  AND delivery.member_id = due.member_id
RETURNING delivery.member_id
"""
)

# Once and by a person's word: the mark in `reason` stays over all that follows until it is settled, and `resent_at` for ever.
# Nothing is awaited any more: an event about the first copy that comes now has nobody to be told of.
RESEND: Final = text(
    f"""
UPDATE delivery SET state = 'planned', reason = 'resend', attempts = 0, due_at = :now, finished_at = NULL,
                    claim_token = NULL, lease_until = NULL, awaiting_event = false, resent_at = :now
WHERE {_ROW} AND state = 'in_doubt' AND resent_at IS NULL AND NOT awaiting_event
  AND (expires_at IS NULL OR expires_at > :now)
  AND EXISTS (SELECT FROM campaign c WHERE c.id = :campaign_id AND c.state IN ('running', 'paused', 'done'))
RETURNING member_id
"""  # noqa: S608
)

# By a person who asked the member or looked into WeChat's console. Permission and caps stay taken.
SETTLE: Final = text(
    f"""
UPDATE delivery SET state = :state, reason = 'settled_by_hand', finished_at = :now, awaiting_event = false,
                    claim_token = NULL, lease_until = NULL
WHERE {_ROW} AND state = 'in_doubt'
RETURNING member_id
"""  # noqa: S608
)

# By campaign, state and what was answered; ix_delivery_dead holds nothing else.
SUMMARY: Final = text(
    """
SELECT c.public_id AS campaign_id, c.name AS campaign, c.state AS campaign_state, d.state, d.errcode, d.reason,
       count(*) AS messages, count(*) FILTER (WHERE d.awaiting_event) AS awaiting_event, min(d.dispatched_at) AS oldest_at
  FROM delivery d JOIN campaign c ON c.id = d.campaign_id
 WHERE d.state IN ('failed', 'in_doubt')
 GROUP BY c.id, d.state, d.errcode, d.reason
 ORDER BY messages DESC, c.id, d.state, d.errcode, d.reason
 LIMIT :limit
"""
)
# One row of figures over all campaigns, each by an index that holds nothing else.
BACKLOG: Final = text(
    """
SELECT (SELECT count(*) FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.state IN ('planned', 'claimed')
         WHERE c.state = 'running' AND d.due_at <= :now) AS due,
       (SELECT min(oldest.due_at) FROM campaign c CROSS JOIN LATERAL (
            SELECT d.due_at FROM delivery d WHERE d.campaign_id = c.id AND d.state IN ('planned', 'claimed')
             ORDER BY d.due_at LIMIT 1) oldest
         WHERE c.state = 'running' AND oldest.due_at <= :now) AS oldest_due_at,
       (SELECT count(*) FROM delivery WHERE state = 'in_doubt') AS in_doubt,
       (SELECT count(*) FROM delivery WHERE state = 'failed') AS failed
"""
)
