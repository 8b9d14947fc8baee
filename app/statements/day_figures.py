"""What one business date came to. What a count costs follows the rows of that date, however long the shop has been running.

Served by ix_member_joined_at, ix_purchase_store_id_occurred_at, ix_points_entry_business_date, ix_coupon_batch_id_issued_on,
ix_redemption_store_id_redeemed_at, ix_checkout_store_id_settled_at, ix_delivery_dispatched_at. Leans on pk_day_figure: counted
again, the same row says the same.
"""

# ruff: noqa: S608  (built of our own constants)

from typing import Final

from sqlalchemy import text

# Store by store, and what was sold outside of any: so the index by store and instant serves all of them.
_BILLS: Final = """
    SELECT p.member_id, p.occurred_at, p.bill_fen - p.discount_fen - p.refunded_fen AS paid_fen
      FROM store s
      JOIN LATERAL (SELECT * FROM purchase b
                     WHERE b.store_id = s.id AND b.occurred_at >= {since} AND b.occurred_at < :ends_at AND b.status = 'paid'
                   ) p ON true
    UNION ALL
    SELECT b.member_id, b.occurred_at, b.bill_fen - b.discount_fen - b.refunded_fen
      FROM purchase b
     WHERE b.store_id IS NULL AND b.occurred_at >= {since} AND b.occurred_at < :ends_at AND b.status = 'paid'
"""

# What went to an account less what came back from it.
_NET: Final = (
    "coalesce(sum(CASE WHEN {0}_account = '{1}' THEN e.amount WHEN {2}_account = '{1}' THEN -e.amount END), 0)"
)

DAY: Final = text(
    f"""
    SELECT (SELECT count(*) FROM member
             WHERE status = 'active' AND joined_at >= :starts_at AND joined_at < :ends_at) AS new_members,
           bill.*, point.*, given.*, used.*, rung.*, told.*
      FROM (SELECT count(*) AS bills, count(DISTINCT member_id) AS buyers, coalesce(sum(paid_fen), 0)::bigint AS revenue_fen
              FROM ({_BILLS.format(since=":starts_at")}) one) bill,
           (SELECT count(*) FILTER (WHERE e.source = 'check_in:' || e.business_date) AS check_ins,
                   {_NET.format("from", "issue", "to")}::bigint AS points_issued,
                   {_NET.format("to", "spend", "from")}::bigint AS points_spent,
                   {_NET.format("to", "expire", "from")}::bigint AS points_expired
              FROM points_entry e WHERE e.business_date = :day) point,
           (SELECT coalesce(sum(one.n), 0)::bigint AS coupons_issued
              FROM coupon_batch b
              JOIN LATERAL (SELECT count(*) AS n FROM coupon c
                             WHERE c.batch_id = b.id AND c.issued_on = :day AND c.source NOT LIKE 'transfer:%'
                           ) one ON true) given,
           (SELECT coalesce(sum(one.n), 0)::bigint AS redemptions, coalesce(sum(one.cost_fen), 0)::bigint AS coupon_cost_fen,
                   coalesce(sum(one.payer_fen), 0)::bigint AS payer_fen
              FROM store s
              JOIN LATERAL (SELECT count(*) AS n, sum(r.cost_fen) AS cost_fen, sum(r.payer_fen) AS payer_fen
                              FROM redemption r
                             WHERE r.store_id = s.id AND r.redeemed_at >= :starts_at AND r.redeemed_at < :ends_at
                               AND r.reversed_at IS NULL) one ON true) used,
           (SELECT coalesce(sum(one.tier_fen), 0)::bigint AS tier_fen, coalesce(sum(one.points_fen), 0)::bigint AS points_fen
              FROM store s
              JOIN LATERAL (SELECT sum(k.tier_fen) AS tier_fen, sum(k.points_fen) AS points_fen
                              FROM checkout k
                             WHERE k.store_id = s.id AND k.settled_at >= :starts_at AND k.settled_at < :ends_at
                               AND k.reversed_at IS NULL) one ON true) rung,
           (SELECT count(*) AS sent, count(opened_at) AS opened,
                   count(*) FILTER (WHERE channel = 'subscribe') AS by_subscribe,
                   count(*) FILTER (WHERE channel = 'oa_template') AS by_oa_template,
                   count(*) FILTER (WHERE channel = 'sms') AS by_sms,
                   count(*) FILTER (WHERE channel = 'email') AS by_email
              FROM delivery
             WHERE dispatched_at >= :starts_at AND dispatched_at < :ends_at AND state = 'sent') told
    """
)

# One pass over the longest window; the shorter ones are told out of it.
WINDOWS: Final = text(
    f"""
    SELECT days, count(*) FILTER (WHERE bills > 0) AS buyers, count(*) FILTER (WHERE bills > 1) AS repeat_buyers
      FROM (SELECT member_id, count(*) FILTER (WHERE occurred_at >= :since_7) AS last_7,
                   count(*) FILTER (WHERE occurred_at >= :since_30) AS last_30, count(*) AS last_90
              FROM ({_BILLS.format(since=":since_90")}) one GROUP BY member_id) person
     CROSS JOIN LATERAL (VALUES (7, last_7), (30, last_30), (90, last_90)) AS span (days, bills)
     GROUP BY days
    """
)

# The first day there is anything to tell of.
FIRST: Final = text("SELECT min(joined_at) FROM member WHERE status = 'active'")
MEMBERS: Final = text("SELECT count(*) FROM member WHERE status = 'active'")

# Newest first: days nobody counted, today, and days that were last counted before today began while something may still come.
DUE: Final = text(
    """
    SELECT d.day::date AS day, f.standing_at
      FROM generate_series(CAST(:first AS date), CAST(:today AS date), interval '1 day') AS d (day)
      LEFT JOIN day_figure f ON f.day = d.day
     WHERE f.day IS NULL OR f.day = :today OR (f.day >= :settled_on AND f.counted_at < :today_from)
     ORDER BY d.day DESC LIMIT :limit
    """
)
WINDOWS_DUE: Final = text(
    """
    SELECT d.day::date AS until_on
      FROM generate_series(CAST(:first AS date), CAST(:today AS date), interval '1 day') AS d (day)
     WHERE NOT EXISTS (SELECT FROM window_figure f WHERE f.until_on = d.day AND f.days = 90)
     ORDER BY d.day DESC LIMIT :limit
    """
)
