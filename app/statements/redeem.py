"""Redeem and reverse: conditional updates that carry every term, so that two clerks cannot both win.

They lean on `uq_redemption_live` (I5: one live redemption per coupon), `uq_redemption_visit_id` (a scan is used once) and
`ck_coupon_redeemed_has_instant`. Callers hold the member's account first (lock order: account, batch, coupon, lot).
"""

from sqlalchemy import text

# Owner, state, window, store and minimum in one WHERE: whatever changed since the clerk looked is seen here.
USE_COUPON = text(
    """
    UPDATE coupon c
       SET status = 'redeemed', redeemed_at = :now
     WHERE c.member_id = :member_id AND c.public_id = :coupon AND c.status = 'active'
       AND c.usable_from <= :now AND :now < c.expires_at
       AND (c.store_ids = '{}' OR :store_id = ANY(c.store_ids))
       AND c.min_spend_fen <= :bill_fen
    RETURNING c.id, c.value_fen
    """
)

WHY_NOT = text(
    """
    SELECT c.status, c.usable_from, c.expires_at, c.store_ids, c.min_spend_fen, c.redeemed_at, s.name AS store
      FROM coupon c
      LEFT JOIN redemption r ON r.member_id = c.member_id AND r.coupon_id = c.id AND r.reversed_at IS NULL
      LEFT JOIN store s ON s.id = r.store_id
     WHERE c.member_id = :member_id AND c.public_id = :coupon
    """
)

LOCK_REDEEMED = text(
    """
    SELECT r.id
      FROM redemption r
      JOIN member_account a ON a.member_id = r.member_id
     WHERE r.public_id = :redemption AND r.store_id = :store_id
       FOR UPDATE OF a
    """
)

# `any_time` is a manager's; a clerk undoes their own within the window.
REVERSE = text(
    """
    WITH undone AS (
        UPDATE redemption r
           SET reversed_at = :now, reversed_by_id = :staff_id, reversal_reason = :reason
         WHERE r.id = :id AND r.reversed_at IS NULL
           AND (:any_time OR (r.staff_id = :staff_id AND :now < r.undo_until))
        RETURNING r.id, r.member_id, r.coupon_id, r.purchase_id
    ), restored AS (
        UPDATE coupon c
           SET status = CASE WHEN :now < c.expires_at THEN 'active' ELSE 'expired' END, redeemed_at = NULL
          FROM undone
         WHERE c.member_id = undone.member_id AND c.id = undone.coupon_id AND c.status = 'redeemed'
        RETURNING c.id, c.public_id, c.status
    )
    SELECT undone.*, restored.public_id AS coupon, restored.status AS coupon_status
      FROM undone LEFT JOIN restored ON true
    """
)
