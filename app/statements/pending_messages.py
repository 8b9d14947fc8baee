"""Ending what a member no longer wants before it leaves. Served by ix_delivery_member_id: a member's own rows, few dozens."""

from typing import Final

from sqlalchemy import text

# Decided from what is true now, the caller's own changes included; the same reasons as at dispatch. A row in a worker's hands
# is waited for: either it is on its way already, or its worker finds it gone. In the order of the key, so that two of these
# never wait for each other. `|| ''` keeps the planner off ix_delivery_due, which it would read from end to end for one member.
STOP: Final = text(
    """
UPDATE delivery SET state = 'suppressed', reason = unwanted.reason, finished_at = :now, claim_token = NULL, lease_until = NULL
FROM (
    SELECT d.campaign_id, d.occurrence,
           CASE
               WHEN m.status <> 'active' THEN 'not_a_member'
               WHEN p.is_marketing AND NOT m.marketing_consent THEN 'no_marketing_consent'
               WHEN NOT EXISTS (
                   SELECT FROM unnest(p.channels) AS way (channel)
                   LEFT JOIN message_preference x
                          ON x.member_id = d.member_id AND x.topic = p.code AND x.channel = way.channel
                   WHERE x.is_on IS NOT FALSE
               ) THEN 'switched_off'
           END AS reason
    FROM delivery d
    JOIN member m ON m.id = d.member_id
    JOIN message_template t ON t.id = d.message_template_id
    JOIN message_topic p ON p.code = t.topic
    WHERE d.member_id = :member_id AND d.state || '' IN ('planned', 'claimed')
    ORDER BY d.campaign_id, d.occurrence
    FOR UPDATE OF d
) unwanted
WHERE delivery.campaign_id = unwanted.campaign_id AND delivery.occurrence = unwanted.occurrence
  AND delivery.member_id = :member_id AND unwanted.reason IS NOT NULL
RETURNING unwanted.reason
"""
)
