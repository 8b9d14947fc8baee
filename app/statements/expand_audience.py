"""Who is in an audience, counted ahead. Audiences are written down by audience.py, automations by automation_plan.py."""

from typing import Final

from sqlalchemy import text

# Who is in the audience and why they could not be messaged now. The first reason that applies is the one told.
# `|| ''` keeps the planner off the unique index on kind and app id, which before the first ANALYZE it takes for selective
# and reads from end to end for every member.
_AUDIENCE: Final = """
    FROM member m
    JOIN member_account a ON a.member_id = m.id
    LEFT JOIN member_identity i ON i.member_id = m.id AND i.kind || '' = 'openid' AND i.app_id || '' = :app_id
    LEFT JOIN subscription_grant g ON g.member_id = m.id AND g.message_template_id = :message_template_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN i.value IS NULL THEN 'no_openid'
            WHEN NOT m.marketing_consent THEN 'no_marketing_consent'
            WHEN coalesce(g.remaining, 0) = 0 THEN 'no_grant'
        END AS reason
    ) r
    WHERE m.status = 'active'
      AND (cardinality(CAST(:tier_ids AS bigint[])) = 0 OR a.tier_id = ANY (CAST(:tier_ids AS bigint[])))
"""

# Counted, not written: what the marketer sees before scheduling.
PREVIEW: Final = text(
    f"""
SELECT r.reason, count(*) AS members {_AUDIENCE}
  AND (NOT :with_birthday OR m.birth_month IS NOT NULL)
GROUP BY r.reason
"""
)
