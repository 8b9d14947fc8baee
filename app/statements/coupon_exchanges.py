"""Returning what was taken in the exchange shop, and the two looks a shop needs.

Leans on uq_coupon_exchange_member_id_coupon_id, uq_coupon_exchange_paid_by_id_entry_id (paid for once) and
ck_coupon_exchange_return_has_author_and_reason; the caller holds the member's account.
"""

from typing import Final

from sqlalchemy import text

PRICE: Final = text("SELECT id, how, points_price FROM coupon_batch WHERE public_id = :batch")

# Whose it is now: a merge may have moved it since it was shown.
OWNER: Final = text("SELECT member_id FROM coupon_exchange WHERE public_id = :public_id")

# Only a copy nobody used, holds, passed on or let lapse is taken back: of a redemption and a return at one instant one wins.
REVOKE: Final = text(
    """
    UPDATE coupon SET status = 'revoked', held_visit_id = NULL, held_until = NULL
     WHERE member_id = :member_id AND id = :coupon_id AND status = 'active' AND used = 0 AND expires_at > :now
       AND (held_until IS NULL OR held_until <= :now)
    RETURNING id
    """
)
