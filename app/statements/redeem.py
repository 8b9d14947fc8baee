"""Use and give back: conditional updates that carry every state a coupon can be in, so that two clerks cannot both win.

They lean on `uq_redemption_live` (I5: one live redemption per use of a coupon), `ck_coupon_used_within_uses` and
`uq_checkout_visit_id` (a scan is used once). Callers hold the member's account first (lock order: account, batch, coupon, lot).
Terms never change, so what they say is decided before; what can change since anybody looked is in the WHERE.
"""

from sqlalchemy import text

# Owner, state, window and promise in one WHERE: whatever changed since the clerk looked is seen here. A use that was given back
# leaves a gap, which the next use fills.
USE_COUPON = text(
    """
    UPDATE coupon c
       SET used = c.used + 1, held_visit_id = NULL, held_until = NULL,
           status = CASE WHEN c.used + 1 = c.uses THEN 'redeemed' ELSE 'active' END,
           redeemed_at = CASE WHEN c.used + 1 = c.uses THEN CAST(:now AS timestamptz) END
     WHERE c.member_id = :member_id AND c.public_id = :coupon AND c.status = 'active'
       AND c.usable_from <= :now AND :now < c.expires_at
       AND (c.held_until IS NULL OR c.held_until <= :now OR c.held_visit_id = :visit_id)
    RETURNING c.id,
              (SELECT min(n) FROM generate_series(1, c.uses) n
                WHERE NOT EXISTS (SELECT FROM redemption r
                                   WHERE r.member_id = c.member_id AND r.coupon_id = c.id AND r.use_no = n
                                     AND r.reversed_at IS NULL)) AS use_no
    """
)

# What decides whether a coupon can be used, as it stands; read with the member's account held.
LOOK = text(
    """
    SELECT c.id, c.status, c.usable_from, c.expires_at, c.redeemed_at, c.held_visit_id, c.held_until, t.terms,
           (SELECT s.name FROM redemption r JOIN store s ON s.id = r.store_id
             WHERE r.member_id = c.member_id AND r.coupon_id = c.id AND r.reversed_at IS NULL
             ORDER BY r.use_no DESC LIMIT 1) AS store
      FROM coupon c JOIN coupon_template t ON t.id = c.template_id
     WHERE c.member_id = :member_id AND c.public_id = :coupon
    """
)

LOCK_CHECKOUT = text(
    """
    SELECT c.id
      FROM checkout c
      JOIN counter_visit v ON v.id = c.visit_id
      JOIN member m ON m.id = v.member_id
      JOIN member_account a ON a.member_id = coalesce(m.merged_into_id, m.id)
     WHERE c.store_id = :store_id
       AND (c.public_id = :named OR c.id = (SELECT checkout_id FROM redemption WHERE public_id = :named))
       FOR UPDATE OF a
    """
)

# `any_time` is a manager's; a clerk undoes their own within the window. Every coupon of the bill gets its use back; one whose
# time passed meanwhile comes back expired. A use that a refund returned before stays returned.
REVERSE = text(
    """
    WITH undone AS (
        UPDATE checkout
           SET reversed_at = :now, reversed_by_id = :staff_id, reversal_reason = :reason
         WHERE id = :id AND reversed_at IS NULL
           AND (:any_time OR (staff_id = :staff_id AND :now < undo_until))
        RETURNING id, purchase_id
    ), returned AS (
        UPDATE redemption r
           SET reversed_at = :now, returned_by = 'undo'
          FROM undone
         WHERE r.checkout_id = undone.id AND r.reversed_at IS NULL
        RETURNING r.member_id, r.coupon_id
    ), restored AS (
        UPDATE coupon c
           SET used = c.used - 1, redeemed_at = NULL,
               status = CASE WHEN c.status <> 'redeemed' THEN c.status
                             WHEN :now < c.expires_at THEN 'active' ELSE 'expired' END
          FROM returned
         WHERE c.member_id = returned.member_id AND c.id = returned.coupon_id AND c.used > 0
        RETURNING c.id
    )
    SELECT undone.purchase_id, (SELECT count(*) FROM returned) AS returned, (SELECT count(*) FROM restored) AS restored
      FROM undone
    """
)
