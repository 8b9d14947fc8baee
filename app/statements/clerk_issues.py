"""A clerk gives a coupon to the member in front of them; the visit stays open for the bill."""

from typing import Final

from sqlalchemy import text

# Only the visit tells the member, and their account is taken before anything else.
LOCK_VISITOR: Final = text(
    """
    SELECT account.member_id
      FROM counter_visit AS visit
      JOIN member ON member.id = visit.member_id
      JOIN member_account AS account ON account.member_id = coalesce(member.merged_into_id, member.id)
     WHERE visit.public_id = :visit AND visit.staff_id = :staff_id AND visit.store_id = :store_id
       AND visit.used_at IS NULL AND visit.expires_at > :now
       FOR UPDATE OF account
    """
)
IS_KNOWN: Final = text(
    "SELECT 1 FROM counter_visit WHERE public_id = :visit AND staff_id = :staff_id AND store_id = :store_id"
)

USED_TODAY: Final = text(
    """
    SELECT used FROM staff_counter
     WHERE staff_id = :staff_id AND business_date = :on AND kind = 'coupons_issued'
    """
)
