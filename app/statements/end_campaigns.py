"""What ends campaigns: nothing left to send, or a person's word. Served by ix_delivery_due and ix_delivery_dispatching; the
orders are what makes the planner probe them instead of reading the table, whatever the statistics say."""

from typing import Final

from sqlalchemy import text

# Deliveries a cancelled campaign left on the way; materialized, so that the limit is one however the rows are joined.
SWEEP: Final = text(
    """
WITH left_over AS MATERIALIZED (
    SELECT d.campaign_id, d.occurrence, d.member_id
    FROM campaign c
    CROSS JOIN LATERAL (
        SELECT campaign_id, occurrence, member_id FROM delivery
        WHERE campaign_id = c.id AND state IN ('planned', 'claimed')
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) d
    WHERE c.state = 'cancelled' LIMIT :limit
)
UPDATE delivery SET state = 'suppressed', reason = 'cancelled', finished_at = :now, claim_token = NULL, lease_until = NULL
FROM left_over
WHERE delivery.campaign_id = left_over.campaign_id AND delivery.occurrence = left_over.occurrence
  AND delivery.member_id = left_over.member_id
RETURNING delivery.member_id
"""
)

# Running one-offs with nothing planned, claimed or in a call.
FINISH: Final = text(
    """
UPDATE campaign SET state = 'done', finished_at = :now
WHERE state = 'running' AND kind = 'one_off'
  AND (SELECT d.member_id FROM delivery d
       WHERE d.campaign_id = campaign.id AND d.state IN ('planned', 'claimed')
       ORDER BY d.due_at LIMIT 1) IS NULL
  AND (SELECT d.member_id FROM delivery d
       WHERE d.campaign_id = campaign.id AND d.state = 'dispatching'
       ORDER BY d.dispatched_at LIMIT 1) IS NULL
RETURNING id
"""
)
