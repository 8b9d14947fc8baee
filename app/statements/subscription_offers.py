"""What may be asked for at a moment, and what is foreseen of it. Served by pk_subscription_scene, ix_delivery_member_id, and
for campaigns by ix_campaign_due and ix_campaign_live: what is over costs nothing."""

from typing import Final

from sqlalchemy import text

# Never: a template that is off, a topic the member switched off or does not get by this channel, marketing without consent.
# `|| ''` as in pending_messages.py.
CANDIDATES: Final = text(
    """
SELECT t.id, t.wechat_template_id, t.title, t.topic, p.name, p.name_en, s.weight, coalesce(g.remaining, 0) AS remaining,
       m.birth_month, m.birth_day, m.joined_at,
       ARRAY(SELECT d.due_at FROM delivery d
             WHERE d.member_id = m.id AND d.message_template_id = t.id AND d.state || '' IN ('planned', 'claimed')) AS planned
FROM subscription_scene s
JOIN message_template t ON t.id = s.message_template_id
JOIN message_topic p ON p.code = t.topic
JOIN member m ON m.id = :member_id
LEFT JOIN subscription_grant g ON g.member_id = m.id AND g.message_template_id = t.id
LEFT JOIN message_preference x ON x.member_id = m.id AND x.topic = t.topic AND x.channel = 'subscribe'
WHERE s.scene = :scene AND t.is_enabled AND 'subscribe' = ANY (p.channels) AND x.is_on IS NOT FALSE
  AND (m.marketing_consent OR NOT p.is_marketing)
ORDER BY t.id
"""
)

# Campaigns of these templates that have still to reach the member. Whoever is in a segment is not worked out here: that would
# cost more than asking once too often. What is written down for the member already stands in CANDIDATES.
FORESEEN: Final = text(
    """
SELECT c.message_template_id, c.kind, c.days_before, c.days_after, c.planned_through,
       coalesce(c.scheduled_at, c.next_run_at) AS at
FROM (
    SELECT * FROM campaign WHERE state = 'scheduled'
    UNION ALL
    SELECT * FROM campaign WHERE state IN ('expanding', 'running') AND kind NOT IN ('one_off', 'test')
) c
JOIN member_account a ON a.member_id = :member_id
WHERE c.message_template_id = ANY (:template_ids) AND c.kind <> 'test'
  AND (cardinality(c.tier_ids) = 0 OR a.tier_id = ANY (c.tier_ids))
  AND (c.member_list_id IS NULL OR EXISTS (
       SELECT FROM member_list_entry e WHERE e.list_id = c.member_list_id AND e.member_id = a.member_id))
  AND NOT EXISTS (
       SELECT FROM delivery d
       WHERE d.member_id = a.member_id AND d.campaign_id = c.id AND d.state IN ('planned', 'claimed'))
"""
)
