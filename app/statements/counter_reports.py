"""Coupons at the counters in a period: by store, by person, why they were refused, and bills with and without one.

Found by store and instant: `ix_redemption_store_id_redeemed_at`, `ix_purchase_store_id_occurred_at`,
`ix_redemption_attempt_store_id_tried_at`, `ix_redemption_attempt_tried_at`.
"""

# ruff: noqa: S608  (built of our own constants)

from typing import Final

from sqlalchemy import text

_COUNTED = """
    count(*) FILTER (WHERE r.reversed_at IS NULL) AS redemptions,
    count(*) FILTER (WHERE r.returned_by = 'undo') AS undone,
    count(*) FILTER (WHERE r.returned_by = 'refund') AS returned,
    coalesce(sum(r.discount_fen) FILTER (WHERE r.reversed_at IS NULL), 0) AS discount_fen,
    coalesce(sum(r.cost_fen) FILTER (WHERE r.reversed_at IS NULL), 0) AS cost_fen
"""
_IN_PERIOD = "r.redeemed_at >= :starts_at AND r.redeemed_at < :ends_at"

STORES: Final = text(
    f"""
    SELECT s.id AS key, s.public_id, s.name, used.*, tried.refused
      FROM store s
     CROSS JOIN LATERAL (SELECT {_COUNTED} FROM redemption r WHERE r.store_id = s.id AND {_IN_PERIOD}) used
     CROSS JOIN LATERAL (SELECT count(*) AS refused FROM redemption_attempt a
                          WHERE a.store_id = s.id AND a.tried_at >= :starts_at AND a.tried_at < :ends_at) tried
     WHERE s.id > :after
     ORDER BY s.id LIMIT :limit
    """
)

# Who uses coupons is not who is refused them: people of either kind have a row.
CLERKS: Final = text(
    f"""
    SELECT f.id AS key, f.public_id, f.display_name AS name, sum(work.redemptions) AS redemptions, sum(work.undone) AS undone,
           sum(work.returned) AS returned, sum(work.discount_fen) AS discount_fen, sum(work.cost_fen) AS cost_fen,
           sum(work.refused) AS refused
      FROM (SELECT r.staff_id, {_COUNTED}, 0 AS refused
              FROM redemption r WHERE r.store_id = :store_id AND {_IN_PERIOD} GROUP BY r.staff_id
            UNION ALL
            SELECT a.staff_id, 0, 0, 0, 0, 0, count(*)
              FROM redemption_attempt a
             WHERE a.store_id = :store_id AND a.tried_at >= :starts_at AND a.tried_at < :ends_at GROUP BY a.staff_id) work
      JOIN staff f ON f.id = work.staff_id
     WHERE f.id > :after
     GROUP BY f.id, f.public_id, f.display_name
     ORDER BY f.id LIMIT :limit
    """
)

# The stores a batch was used at, most first.
STORES_OF_BATCH: Final = text(
    f"""
    SELECT s.id AS key, s.public_id, s.name, {_COUNTED}, 0 AS refused
      FROM redemption r JOIN store s ON s.id = r.store_id
     WHERE r.batch_id = :batch_id AND {_IN_PERIOD}
     GROUP BY s.id, s.public_id, s.name
     ORDER BY 4 DESC, s.id LIMIT :limit
    """
)

_REASONS = """
    SELECT a.reason, count(*) AS times, count(DISTINCT a.store_id) AS stores, count(DISTINCT a.staff_id) AS people
      FROM redemption_attempt a
     WHERE a.tried_at >= :starts_at AND a.tried_at < :ends_at {at_store}
     GROUP BY a.reason ORDER BY 2 DESC, 1 LIMIT :limit
"""
REASONS: Final = text(_REASONS.format(at_store=""))
REASONS_AT: Final = text(_REASONS.format(at_store="AND a.store_id = :store_id"))

# All paid bills of the stores where a coupon was used, and those of them with one; an undone bill is none, money given back is
# not paid. `mine`: with a coupon of that batch. A coupon that came back with a refund had still been used on its bill.
_BILLS = """
    SELECT coalesce(sum(every.bills), 0) AS bills, coalesce(sum(every.bill_fen), 0) AS bill_fen,
           coalesce(sum(every.paid_fen), 0) AS paid_fen,
           coalesce(sum(coupons.bills), 0) AS coupon_bills, coalesce(sum(coupons.bill_fen), 0) AS coupon_bill_fen,
           coalesce(sum(coupons.paid_fen), 0) AS coupon_paid_fen,
           coalesce(sum(coupons.my_bills), 0) AS my_bills, coalesce(sum(coupons.my_bill_fen), 0) AS my_bill_fen,
           coalesce(sum(coupons.my_paid_fen), 0) AS my_paid_fen
      FROM ({stores}) s
     CROSS JOIN LATERAL (
           SELECT count(*) AS bills, sum(p.bill_fen) AS bill_fen,
                  sum(p.bill_fen - p.discount_fen - p.refunded_fen) AS paid_fen
             FROM purchase p
            WHERE p.store_id = s.id AND p.occurred_at >= :starts_at AND p.occurred_at < :ends_at AND p.status = 'paid') every
     CROSS JOIN LATERAL (
           SELECT count(*) AS bills, sum(p.bill_fen) AS bill_fen,
                  sum(p.bill_fen - p.discount_fen - p.refunded_fen) AS paid_fen,
                  count(*) FILTER (WHERE bill.mine) AS my_bills, sum(p.bill_fen) FILTER (WHERE bill.mine) AS my_bill_fen,
                  sum(p.bill_fen - p.discount_fen - p.refunded_fen) FILTER (WHERE bill.mine) AS my_paid_fen
             FROM (SELECT k.purchase_id, bool_or({mine}) AS mine
                     FROM redemption r JOIN checkout k ON k.id = r.checkout_id
                    WHERE r.store_id = s.id AND r.redeemed_at >= :starts_at AND r.redeemed_at < :ends_at
                      AND r.returned_by IS DISTINCT FROM 'undo' AND k.purchase_id IS NOT NULL
                    GROUP BY k.purchase_id) bill
             JOIN purchase p ON p.id = bill.purchase_id AND p.status = 'paid') coupons
"""
BILLS: Final = text(
    _BILLS.format(
        mine="true",
        stores="SELECT id FROM store WHERE EXISTS (SELECT FROM redemption r WHERE r.store_id = store.id"
        f" AND {_IN_PERIOD} AND r.returned_by IS DISTINCT FROM 'undo')",
    )
)
BILLS_OF_BATCH: Final = text(
    _BILLS.format(
        mine="r.batch_id = :batch_id",
        stores="SELECT DISTINCT r.store_id AS id FROM redemption r WHERE r.batch_id = :batch_id"
        f" AND {_IN_PERIOD} AND r.returned_by IS DISTINCT FROM 'undo'",
    )
)
