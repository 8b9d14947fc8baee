"""Coupons that events bring, owed with the event and given later. Leans on pk_coupon_owed: once per automation and occurrence."""

from typing import Final

from sqlalchemy import text

# Asked for every event, by ix_coupon_automation_event; one that was switched off a moment ago brings nothing.
IN_FORCE: Final = text(
    """
    SELECT id, conditions FROM coupon_automation
     WHERE event = :event AND is_active AND starts_at <= :at AND (ends_at IS NULL OR ends_at > :at)
     ORDER BY id
    """
)

# The arrays are parallel. What was lost with a tier before it was given comes due again with the tier.
OWE: Final = text(
    """
    INSERT INTO coupon_owed (member_id, automation_id, occurrence, state, due_at)
    SELECT owed.member_id, owed.automation_id, owed.occurrence, 'due', CAST(:now AS timestamptz)
      FROM unnest(CAST(:member_ids AS bigint[]), CAST(:automation_ids AS bigint[]), CAST(:occurrences AS text[]))
           AS owed (member_id, automation_id, occurrence)
     ORDER BY owed.member_id, owed.automation_id
    ON CONFLICT (member_id, automation_id, occurrence)
    DO UPDATE SET state = 'due', due_at = excluded.due_at, ended_at = NULL, reason = NULL
     WHERE coupon_owed.state = 'unavailable' AND coupon_owed.reason = 'tier_lost'
    """
)

# The next members who joined on one of several dates and are owed nothing for it yet (ix_member_joined_at).
OWE_ANNIVERSARIES: Final = text(
    """
    WITH page AS MATERIALIZED (
        SELECT member.id AS member_id, 'anniversary:' || day.years AS occurrence
          FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:years AS int[]))
               AS day (starts_at, ends_at, years)
          JOIN member ON member.joined_at >= day.starts_at AND member.joined_at < day.ends_at AND member.status = 'active'
         WHERE NOT EXISTS (
            SELECT FROM coupon_owed WHERE coupon_owed.member_id = member.id
               AND coupon_owed.automation_id = :automation_id AND coupon_owed.occurrence = 'anniversary:' || day.years)
         ORDER BY member.id LIMIT :limit
    )
    INSERT INTO coupon_owed (member_id, automation_id, occurrence, state, due_at)
    SELECT member_id, :automation_id, occurrence, 'due', CAST(:now AS timestamptz) FROM page
    ON CONFLICT DO NOTHING
    """
)

# The bill a voucher was for is given back whole. One that was used, passed on or has lapsed stays what it is; one promised to
# a bill that is being rung up is not: that bill will be told. Found by the source it was given under.
WITHDRAW: Final = text(
    """
    WITH of_bill AS MATERIALIZED (
        SELECT automation_id, state FROM coupon_owed
         WHERE member_id = :member_id AND occurrence = :occurrence AND state IN ('due', 'given')
    ), revoked AS (
        UPDATE coupon SET status = 'revoked', held_visit_id = NULL, held_until = NULL
          FROM of_bill
         WHERE coupon.member_id = :member_id AND coupon.source = 'auto:' || of_bill.automation_id || ':' || :occurrence
           AND coupon.status = 'active' AND coupon.used = 0 AND coupon.expires_at > :now
        RETURNING of_bill.automation_id
    )
    UPDATE coupon_owed
       SET state = CASE of_bill.state WHEN 'due' THEN 'unavailable' ELSE 'withdrawn' END, reason = 'refunded', ended_at = :now
      FROM of_bill LEFT JOIN revoked ON revoked.automation_id = of_bill.automation_id
     WHERE coupon_owed.member_id = :member_id AND coupon_owed.automation_id = of_bill.automation_id
       AND coupon_owed.occurrence = :occurrence AND (of_bill.state = 'due' OR revoked.automation_id IS NOT NULL)
    """
)

# One person, one coupon for one occasion: what either had counts for both.
MOVE: Final = text(
    """
    UPDATE coupon_owed AS owed SET member_id = :kept
     WHERE owed.member_id = :merged AND NOT EXISTS
           (SELECT FROM coupon_owed AS own WHERE own.member_id = :kept AND own.automation_id = owed.automation_id
               AND own.occurrence = owed.occurrence)
    """
)
GIVEN_BEFORE: Final = text(
    """
    UPDATE coupon_owed AS own SET state = 'unavailable', reason = 'merged', ended_at = :now
     WHERE own.state = 'due' AND own.member_id = :merged
        OR (own.state = 'due' OR own.state = 'unavailable' AND own.reason = 'tier_lost')
           AND own.member_id = :kept AND EXISTS
           (SELECT FROM coupon_owed AS owed
             WHERE owed.member_id IN (SELECT id FROM member WHERE id = :merged OR merged_into_id = :merged)
               AND owed.state IN ('given', 'withdrawn') AND owed.automation_id = own.automation_id
               AND owed.occurrence = own.occurrence)
    """
)
