"""Who is in an audience: counted ahead, and planned one by one for birthdays (whole audiences: audience.py).

Leans on pk_delivery: planning somebody again adds nothing (I10)."""

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

# One member's row of a birthday campaign. Leans on pk_delivery: once a year, however often the tick runs (I10).
PLAN_BIRTHDAY: Final = text(
    f"""
INSERT INTO delivery (campaign_id, occurrence, member_id, state, reason, openid, message_template_id, due_at, expires_at,
                      attempts, awaiting_event, finished_at)
SELECT :campaign_id, :occurrence, m.id, CASE WHEN r.reason IS NULL THEN 'planned' ELSE 'suppressed' END, r.reason,
       i.value, :message_template_id, :due_at, :expires_at, 0, false,
       CASE WHEN r.reason IS NULL THEN NULL ELSE :due_at END
{_AUDIENCE} AND m.id = :member_id
ON CONFLICT (campaign_id, occurrence, member_id) DO NOTHING
RETURNING state
"""
)

# Whose birthday is still to be planned. Served by ix_member_birthday and, as a sub-select that cannot become a join over
# the whole campaign, by pk_delivery: the cost follows the matches.
BIRTHDAYS: Final = text(
    """
SELECT m.id
FROM member m
JOIN member_account a ON a.member_id = m.id
WHERE m.status = 'active' AND m.birth_month IS NOT NULL AND m.id > :after_id
  AND (m.birth_month, m.birth_day) IN
      (SELECT unnest(CAST(:months AS integer[])), unnest(CAST(:days AS integer[])))
  AND (cardinality(CAST(:tier_ids AS bigint[])) = 0 OR a.tier_id = ANY (CAST(:tier_ids AS bigint[])))
  AND (SELECT d.member_id FROM delivery d
       WHERE d.campaign_id = :campaign_id AND d.occurrence = :occurrence AND d.member_id = m.id) IS NULL
ORDER BY m.id
LIMIT :limit
"""
)
