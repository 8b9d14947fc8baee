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

# Runs with nothing planned, claimed or in a call. Of each campaign only its first live one is looked at, so that the rows of
# the next are not read through for it: runs end in the order in which they began.
FINISH_RUNS: Final = text(
    """
UPDATE campaign_run SET state = 'done', finished_at = :now
  FROM (SELECT DISTINCT ON (r.campaign_id) r.campaign_id, r.occurrence, r.state
          FROM campaign_run r JOIN campaign c ON c.id = r.campaign_id
         WHERE r.state IN ('expanding', 'running') AND c.state = 'running'
         ORDER BY r.campaign_id, r.started_at, r.occurrence) first
 WHERE campaign_run.campaign_id = first.campaign_id AND campaign_run.occurrence = first.occurrence
   AND campaign_run.state = 'running'
   AND (SELECT d.member_id FROM delivery d
        WHERE d.campaign_id = first.campaign_id AND d.state IN ('planned', 'claimed') AND d.occurrence = first.occurrence
        ORDER BY d.due_at LIMIT 1) IS NULL
   AND (SELECT d.member_id FROM delivery d
        WHERE d.campaign_id = first.campaign_id AND d.state = 'dispatching' AND d.occurrence = first.occurrence
        ORDER BY d.dispatched_at LIMIT 1) IS NULL
RETURNING campaign_run.campaign_id
"""
)

# Broadcasts that have had their last run: nothing is on its way, nothing waits for a person, nothing is to come.
FINISH: Final = text(
    """
UPDATE campaign SET state = 'done', finished_at = :now
 WHERE state = 'running' AND kind IN ('one_off', 'recurring', 'festival', 'test') AND next_run_at IS NULL
   AND NOT EXISTS (SELECT FROM campaign_run r
                    WHERE r.campaign_id = campaign.id AND r.state IN ('expanding', 'running', 'missed'))
   AND (SELECT d.member_id FROM delivery d
        WHERE d.campaign_id = campaign.id AND d.state IN ('planned', 'claimed')
        ORDER BY d.due_at LIMIT 1) IS NULL
   AND (SELECT d.member_id FROM delivery d
        WHERE d.campaign_id = campaign.id AND d.state = 'dispatching'
        ORDER BY d.dispatched_at LIMIT 1) IS NULL
RETURNING id
"""
)
