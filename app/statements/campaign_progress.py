"""How far campaigns are: what goes out now is counted from its own deliveries, all else is what the tick counted."""

from typing import Final

from sqlalchemy import text

# Runs under way, and those that ended after the last count. What it costs follows the deliveries of these runs, along
# their primary key; an automation has no runs, and is told from the last count alone.
PROGRESS: Final = text(
    """
WITH live AS MATERIALIZED (
    SELECT r.campaign_id, r.occurrence
      FROM campaign_run r LEFT JOIN campaign_count k ON k.campaign_id = r.campaign_id
     WHERE r.campaign_id = ANY (:campaign_ids)
       AND (r.state IN ('expanding', 'running') OR r.finished_at >= coalesce(k.counted_at, '-infinity'))
), counted AS (
    SELECT f.campaign_id, sum(f.targeted)::bigint AS targeted, sum(f.reachable)::bigint AS reachable,
           sum(f.sent)::bigint AS sent, sum(f.in_doubt)::bigint AS in_doubt
      FROM campaign_figure f
     WHERE f.campaign_id = ANY (:campaign_ids)
       AND NOT EXISTS (SELECT FROM live WHERE live.campaign_id = f.campaign_id AND live.occurrence = f.period)
     GROUP BY f.campaign_id
), seen AS (
    SELECT d.campaign_id, count(*) AS targeted,
           count(*) FILTER (WHERE d.state NOT IN ('suppressed', 'holdout')) AS reachable,
           count(*) FILTER (WHERE d.state = 'sent') AS sent,
           count(*) FILTER (WHERE d.state = 'in_doubt') AS in_doubt,
           count(*) FILTER (WHERE d.state IN ('planned', 'claimed', 'dispatching')) AS waiting,
           count(*) FILTER (WHERE d.state IN ('sent', 'in_doubt') AND d.dispatched_at > :minute_ago) AS last_minute
      FROM live JOIN delivery d ON d.campaign_id = live.campaign_id AND d.occurrence = live.occurrence
     GROUP BY d.campaign_id
)
SELECT c.public_id AS campaign_id, c.state,
       coalesce(counted.targeted, 0) + coalesce(seen.targeted, 0) AS targeted,
       coalesce(counted.reachable, 0) + coalesce(seen.reachable, 0) AS reachable,
       coalesce(counted.sent, 0) + coalesce(seen.sent, 0) AS sent,
       coalesce(counted.in_doubt, 0) + coalesce(seen.in_doubt, 0) AS in_doubt,
       coalesce(seen.waiting, 0) AS waiting, coalesce(seen.last_minute, 0) AS sent_last_minute,
       EXISTS (SELECT FROM campaign_run r
                WHERE r.campaign_id = c.id AND r.state IN ('expanding', 'running')) AS is_under_way,
       k.counted_at
  FROM campaign c
  LEFT JOIN counted ON counted.campaign_id = c.id
  LEFT JOIN seen ON seen.campaign_id = c.id
  LEFT JOIN campaign_count k ON k.campaign_id = c.id
 WHERE c.id = ANY (:campaign_ids)
"""
)
