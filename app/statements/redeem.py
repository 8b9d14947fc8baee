"""Use and give back: conditional updates that carry every state a coupon can be in, so that two clerks cannot both win.

They lean on `uq_redemption_live` (I5: one live redemption per use of a coupon), `ck_coupon_used_within_uses` and
`uq_checkout_visit_id` (a scan is used once). Callers hold the member's account first (lock order: account, batch, coupon, lot).
Terms never change, so what they say is decided before; what can change is in the WHERE.
"""

from sqlalchemy import text

# What decides whether coupons can be used, as they stand; locked by ascending id, so that not even the expiry tick comes between
# the look and the use.
LOOK = text(
    """
    SELECT c.id, c.public_id, c.status, c.usable_from, c.expires_at, c.redeemed_at, c.held_visit_id, c.held_until,
           CAST(t.terms AS text) AS terms,
           l.store AS redeemed_store, l.clerk AS redeemed_clerk
      FROM coupon c JOIN coupon_template t ON t.id = c.template_id
      LEFT JOIN LATERAL (
           SELECT s.name AS store, p.display_name AS clerk
             FROM redemption r JOIN store s ON s.id = r.store_id JOIN staff p ON p.id = r.staff_id
            WHERE c.status = 'redeemed' AND r.member_id = c.member_id AND r.coupon_id = c.id AND r.reversed_at IS NULL
            ORDER BY r.use_no DESC LIMIT 1) l ON true
     WHERE c.member_id = :member_id AND c.public_id = ANY(:coupons)
     ORDER BY c.id FOR UPDATE OF c
    """
)

# Owner, state, window and promise in one WHERE, whatever the caller believes. What else was promised to the visit is free again.
USE_COUPONS = text(
    """
    WITH released AS (
        UPDATE coupon SET held_visit_id = NULL, held_until = NULL
         WHERE member_id = :member_id AND held_visit_id = :visit_id AND NOT id = ANY(:ids)
    )
    UPDATE coupon c
       SET used = c.used + 1, held_visit_id = NULL, held_until = NULL,
           status = CASE WHEN c.used + 1 = c.uses THEN 'redeemed' ELSE 'active' END,
           redeemed_at = CASE WHEN c.used + 1 = c.uses THEN CAST(:now AS timestamptz) END
     WHERE c.member_id = :member_id AND c.id = ANY(:ids) AND c.status = 'active'
       AND c.usable_from <= :now AND :now < c.expires_at
       AND (c.held_until IS NULL OR c.held_until <= :now OR c.held_visit_id = :visit_id)
    RETURNING c.id
    """
)

# The bill, its purchase if something was paid for, and its redemptions, in the order they were applied. A use that was given back
# left a gap, which the next use fills.
SETTLE = text(
    """
    WITH settled AS (
        INSERT INTO checkout (public_id, visit_id, purchase_id, store_id, staff_id, bill_fen, coupon_fen, tier_fen,
                              points_fen, points_spent, settled_at, undo_until)
        VALUES (:public_id, :visit_id, (SELECT id FROM purchase WHERE public_id = CAST(:purchase_public_id AS uuid)),
                :store_id, :staff_id, :bill_fen, :coupon_fen, :tier_fen, :points_fen, :points_spent, :now, :undo_until)
        RETURNING *
    ), used AS (
        INSERT INTO redemption (public_id, checkout_id, member_id, coupon_id, use_no, seq, store_id, staff_id,
                                discount_fen, cost_fen, redeemed_at)
        SELECT one.public_id, settled.id, c.member_id, c.id,
               (SELECT min(n) FROM generate_series(1, c.uses) n
                 WHERE NOT EXISTS (SELECT FROM redemption r
                                    WHERE r.member_id = c.member_id AND r.coupon_id = c.id AND r.use_no = n
                                      AND r.reversed_at IS NULL)),
               one.seq, :store_id, :staff_id, one.discount_fen, one.cost_fen, :now
          FROM settled
         CROSS JOIN jsonb_to_recordset(CAST(:uses AS jsonb))
               AS one (seq integer, public_id uuid, coupon_id bigint, discount_fen bigint, cost_fen bigint)
          JOIN coupon c ON c.member_id = :member_id AND c.id = one.coupon_id
         ORDER BY one.seq
    )
    SELECT * FROM settled
    """
)

LOCK_CHECKOUT = text(
    """
    SELECT c.id, a.member_id, (SELECT count(*) FROM redemption r WHERE r.checkout_id = c.id) AS redemptions
      FROM checkout c
      JOIN counter_visit v ON v.id = c.visit_id
      JOIN member m ON m.id = v.member_id
      JOIN member_account a ON a.member_id = coalesce(m.merged_into_id, m.id)
     WHERE c.store_id = :store_id
       AND (c.public_id = :named OR c.id = (SELECT checkout_id FROM redemption WHERE public_id = :named))
       FOR UPDATE OF a
    """
)

# Uses that come back are locked by ascending coupon; one whose time passed meanwhile comes back expired.
_RESTORE = """
    , returned AS (
        UPDATE redemption r
           SET reversed_at = :now, returned_by = :returned_by
          FROM due
         WHERE r.id = due.id AND r.reversed_at IS NULL
        RETURNING r.member_id, r.coupon_id, r.cost_fen
    ), restored AS (
        UPDATE coupon c
           SET used = c.used - 1, redeemed_at = NULL,
               status = CASE WHEN c.status <> 'redeemed' THEN c.status
                             WHEN :now < c.expires_at THEN 'active' ELSE 'expired' END
          FROM returned
         WHERE c.member_id = returned.member_id AND c.id = returned.coupon_id AND c.used > 0
        RETURNING c.id
    )
"""

# `any_time` is a manager's; a clerk undoes their own within the window. Every coupon of the bill gets its use back. A use that a
# refund returned before stays returned. `live` is how many uses there were to give back: a coupon that a merge takes elsewhere at
# this moment is none of `due`, and half an undone bill must not be.
REVERSE = text(
    """
    WITH undone AS (
        UPDATE checkout
           SET reversed_at = :now, reversed_by_id = :staff_id, reversal_reason = :reason
         WHERE id = :id AND reversed_at IS NULL
           AND (:any_time OR (staff_id = :staff_id AND :now < undo_until))
        RETURNING id
    ), due AS MATERIALIZED (
        SELECT r.id FROM undone JOIN redemption r ON r.checkout_id = undone.id AND r.reversed_at IS NULL
          JOIN coupon c ON c.member_id = r.member_id AND c.id = r.coupon_id
         ORDER BY c.id FOR UPDATE OF c
    )"""  # noqa: S608  (constants)
    + _RESTORE
    + """
    SELECT undone.id, (SELECT count(*) FROM returned) AS returned, (SELECT count(*) FROM restored) AS restored,
           (SELECT count(*) FROM redemption r WHERE r.checkout_id = undone.id AND r.reversed_at IS NULL) AS live
      FROM undone
    """
)

# What a refund of its purchase gives back, as each coupon's terms say. An undone bill has nothing left to give back.
RETURN_USES = text(
    """
    WITH bill AS MATERIALIZED (
        SELECT id, public_id, points_spent FROM checkout WHERE purchase_id = :purchase_id AND reversed_at IS NULL
    ), due AS MATERIALIZED (
        SELECT r.id FROM bill JOIN redemption r ON r.checkout_id = bill.id AND r.reversed_at IS NULL
          JOIN coupon c ON c.member_id = r.member_id AND c.id = r.coupon_id
          JOIN coupon_template t ON t.id = c.template_id
         WHERE coalesce(t.terms ->> 'on_refund', 'return_when_full') = ANY(:policies)
         ORDER BY c.id FOR UPDATE OF c
    )"""  # noqa: S608  (constants)
    + _RESTORE
    + """
    SELECT bill.public_id, bill.points_spent,
           (SELECT count(*) FROM returned) AS returned, (SELECT count(*) FROM restored) AS restored
      FROM bill
    """
)
