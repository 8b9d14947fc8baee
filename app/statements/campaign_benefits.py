"""Benefits of campaigns that are still to be given. Served by ix_delivery_benefit_due."""

from typing import Final

from sqlalchemy import text

# Of campaigns that are on or over, the lowest ids first; a paused one waits. The lateral probe is what keeps the planner
# with the index, whatever the statistics say.
DUE: Final = text(
    """
SELECT d.campaign_id, d.occurrence, d.member_id
  FROM campaign c
 CROSS JOIN LATERAL (
       SELECT campaign_id, occurrence, member_id FROM delivery
        WHERE campaign_id = c.id AND benefit = 'due'
          AND (campaign_id, member_id, occurrence) > (:after_campaign_id, :after_member_id, :after_occurrence)
        ORDER BY member_id, occurrence LIMIT :limit
       ) d
 WHERE c.state IN ('running', 'done') AND c.benefit_for = 'everyone' AND c.id >= :after_campaign_id
 ORDER BY d.campaign_id, d.member_id, d.occurrence
 LIMIT :limit
"""
)

# What a campaign that was cancelled still owed.
WITHDRAW: Final = text(
    """
WITH left_over AS MATERIALIZED (
    SELECT d.campaign_id, d.occurrence, d.member_id
      FROM campaign c
     CROSS JOIN LATERAL (
           SELECT campaign_id, occurrence, member_id FROM delivery
            WHERE campaign_id = c.id AND benefit = 'due'
            ORDER BY member_id LIMIT :limit FOR UPDATE SKIP LOCKED
           ) d
     WHERE c.state = 'cancelled' LIMIT :limit
)
UPDATE delivery SET benefit = 'refused'
  FROM left_over
 WHERE delivery.campaign_id = left_over.campaign_id AND delivery.occurrence = left_over.occurrence
   AND delivery.member_id = left_over.member_id
RETURNING delivery.member_id
"""
)

# The row of a benefit, under the member's account's lock.
LOCK: Final = text(
    """
SELECT d.benefit, d.state, c.state AS campaign_state, c.coupon_batch_id, c.points_gift
  FROM delivery d JOIN campaign c ON c.id = d.campaign_id
 WHERE d.campaign_id = :campaign_id AND d.occurrence = :occurrence AND d.member_id = :member_id
   FOR UPDATE OF d
"""
)

# How it came out. A message that promises what nobody gave would be a lie.
SETTLE: Final = text(
    """
UPDATE delivery
   SET benefit = :benefit,
       state = CASE WHEN is_off THEN 'suppressed' ELSE state END,
       reason = CASE WHEN is_off THEN 'gift_unavailable' ELSE reason END,
       claim_token = CASE WHEN is_off THEN NULL ELSE claim_token END,
       lease_until = CASE WHEN is_off THEN NULL ELSE lease_until END,
       finished_at = CASE WHEN is_off THEN CAST(:now AS timestamptz) ELSE finished_at END
  FROM (SELECT d.campaign_id, d.occurrence, d.member_id,
               CAST(:benefit AS text) = 'refused' AND d.state IN ('planned', 'claimed') AS is_off
          FROM delivery d
         WHERE d.campaign_id = :campaign_id AND d.occurrence = :occurrence AND d.member_id = :member_id) one
 WHERE delivery.campaign_id = one.campaign_id AND delivery.occurrence = one.occurrence
   AND delivery.member_id = one.member_id
"""
)

# One benefit a person: when the two rows of a merge meet, what the one had is not given to the other.
GIVEN_BEFORE: Final = text(
    """
UPDATE delivery k SET benefit = 'refused'
  FROM delivery m
 WHERE k.member_id = :kept AND k.benefit = 'due' AND m.member_id = :merged AND m.benefit = 'given'
   AND m.campaign_id = k.campaign_id AND m.occurrence = k.occurrence
"""
)

# Rows that stay with whoever was merged away, beside the kept member's own.
END_LEFT: Final = text("UPDATE delivery SET benefit = 'refused' WHERE member_id = :merged AND benefit = 'due'")
