"""Coupons that will expire, once per member and expiry date.

Read in the order of ix_coupon_due from a cursor, so that a run costs what expires within the notice and no more, and a chunk
never looks at another's coupons again. pk_member_event makes a repeat harmless.
"""

from typing import Final

from sqlalchemy import text

# One row per (expiry, member) after the cursor.
DUE: Final = text(
    """
    SELECT expires_at, member_id, count(*) AS coupons FROM coupon
     WHERE status = 'active' AND expires_at > :now AND expires_at <= :until
       AND (CAST(:after_at AS timestamptz) IS NULL OR (expires_at, member_id) > (CAST(:after_at AS timestamptz), :after_id))
     GROUP BY expires_at, member_id
     ORDER BY expires_at, member_id
     LIMIT :limit
    """
)

ANNOUNCE: Final = text(
    """
    INSERT INTO member_event (member_id, kind, occurrence, details, business_date, occurred_at)
    SELECT t.member_id, 'coupon_will_expire', CAST(t.expires_on AS text),
           jsonb_build_object('expires_on', CAST(t.expires_on AS text), 'coupons', t.coupons), :today, :now
      FROM unnest(CAST(:member_ids AS bigint[]), CAST(:dates AS date[]), CAST(:coupons AS bigint[]))
           AS t(member_id, expires_on, coupons)
    ON CONFLICT (member_id, kind, occurrence) DO NOTHING
    """
)
