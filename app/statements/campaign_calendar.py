"""What goes out on which day. Served by ix_campaign_run_due_at, ix_campaign_due and ix_delivery_due."""

from typing import Final

from sqlalchemy import text

# Runs there were or are. A test has none.
RUNS: Final = text(
    """
SELECT r.campaign_id, r.occurrence, r.state, r.due_at, r.targeted
  FROM campaign_run r
 WHERE r.due_at >= :starts_at AND r.due_at < :ends_at
 ORDER BY r.due_at, r.campaign_id
 LIMIT :limit
"""
)

# Messages that wait for their moment, of campaigns that fire by members' own dates and events; a day begins at the cut-over.
WAITING: Final = text(
    """
SELECT c.id AS campaign_id, d.day, count(*) AS members
  FROM campaign c
 CROSS JOIN LATERAL (
       SELECT ((due_at AT TIME ZONE :zone) - make_interval(hours => :cut_over_hour))::date AS day
         FROM delivery
        WHERE campaign_id = c.id AND state IN ('planned', 'claimed') AND due_at >= :starts_at AND due_at < :ends_at
       ) d
 WHERE c.state IN ('running', 'paused') AND c.kind = ANY (:automations)
 GROUP BY c.id, d.day
"""
)

# How many a campaign would be written for: what its last run found, else the size of whatever names its audience.
SIZES: Final = text(
    """
SELECT c.id AS campaign_id,
       coalesce(
           (SELECT r.targeted FROM campaign_run r
             WHERE r.campaign_id = c.id AND r.state IN ('running', 'done') ORDER BY r.due_at DESC LIMIT 1),
           CASE WHEN c.segment_id IS NOT NULL THEN (SELECT s.member_count FROM segment s WHERE s.id = c.segment_id)
                WHEN c.member_list_id IS NOT NULL
                     THEN (SELECT count(*) FROM member_list_entry e WHERE e.list_id = c.member_list_id)
                WHEN cardinality(c.tier_ids) > 0
                     THEN (SELECT count(*) FROM member_account a WHERE a.tier_id = ANY (c.tier_ids))
                ELSE :everybody END) AS members
  FROM campaign c
 WHERE c.id = ANY (:campaign_ids)
"""
)
