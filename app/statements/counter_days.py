"""Sums of a store's counter over a time, of all its people or of one. They lean on ix_checkout_store_id_settled_at and
ix_member_joined_at."""

from typing import Final

from sqlalchemy import text

# A bill counts where it was settled; undone ones apart.
TOTALS: Final = text(
    """
    SELECT count(*) FILTER (WHERE c.reversed_at IS NULL) AS bills,
           count(*) FILTER (WHERE c.reversed_at IS NOT NULL) AS undone,
           coalesce(sum(c.uses) FILTER (WHERE c.reversed_at IS NULL), 0) AS coupons_used,
           coalesce(sum(c.bill_fen) FILTER (WHERE c.reversed_at IS NULL), 0) AS bill_fen,
           coalesce(sum(c.coupon_fen) FILTER (WHERE c.reversed_at IS NULL), 0) AS coupon_fen,
           coalesce(sum(c.tier_fen) FILTER (WHERE c.reversed_at IS NULL), 0) AS tier_fen,
           coalesce(sum(c.points_fen) FILTER (WHERE c.reversed_at IS NULL), 0) AS points_fen
      FROM (SELECT k.reversed_at, k.bill_fen, k.coupon_fen, k.tier_fen, k.points_fen,
                   (SELECT count(*) FROM redemption r WHERE r.checkout_id = k.id AND r.reversed_at IS NULL) AS uses
              FROM checkout k
             WHERE k.store_id = :store_id AND k.settled_at >= :starts_at AND k.settled_at < :ends_at
               AND (CAST(:staff_id AS bigint) IS NULL OR k.staff_id = :staff_id)) c
    """
)

JOINED: Final = text(
    "SELECT count(*) FROM member WHERE status = 'active' AND joined_at >= :starts_at AND joined_at < :ends_at"
    " AND joined_store_id = :store_id"
)
