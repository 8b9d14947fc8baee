"""What a payer owes of a period, and closing it.

A coupon used in the period counts unless it was given back within it; one used before and given back in it is taken off. So
what a period says is the same whenever it is asked after its end, and periods that follow each other add up. It leans on
`tr_redemption_payer_frozen` (shares never change), `tr_redemption_settled` and `tr_redemption_returned` (nothing moves in a
closed period), and `uq_settlement_*` with `fk_settlement_follows_settlement` (a chain without gap or overlap).
"""

from typing import Final

from sqlalchemy import text

# Of one batch: what came in and what went out, each by an index on batch and instant.
_MOVED = """
    SELECT 1 AS sort, count(*) AS times, coalesce(sum(r.discount_fen), 0) AS discount_fen,
           coalesce(sum(r.cost_fen), 0) AS cost_fen, coalesce(sum(r.payer_fen), 0) AS payer_fen
      FROM redemption r
     WHERE r.batch_id = b.id AND r.redeemed_at >= :starts_at AND r.redeemed_at < :ends_at
       AND (r.reversed_at IS NULL OR r.reversed_at >= :ends_at)
    UNION ALL
    SELECT 2, count(*), -coalesce(sum(r.discount_fen), 0), -coalesce(sum(r.cost_fen), 0), -coalesce(sum(r.payer_fen), 0)
      FROM redemption r
     WHERE r.batch_id = b.id AND r.reversed_at >= :starts_at AND r.reversed_at < :ends_at AND r.redeemed_at < :starts_at
"""

_SUMS = f"""
    SELECT coalesce(sum(moved.times) FILTER (WHERE moved.sort = 1), 0) AS redeemed,
           coalesce(sum(moved.times) FILTER (WHERE moved.sort = 2), 0) AS returned,
           coalesce(sum(moved.discount_fen), 0) AS discount_fen, coalesce(sum(moved.cost_fen), 0) AS cost_fen,
           coalesce(sum(moved.payer_fen), 0) AS payer_fen
      FROM coupon_batch b CROSS JOIN LATERAL ({_MOVED}) moved
     WHERE b.payer_id = :payer_id
"""  # noqa: S608  (our own constant)

LINES: Final = text(
    f"""
    SELECT b.id AS batch_key, moved.sort, b.public_id AS batch_id, b.name AS batch, t.name AS coupon, b.payer_share_bp,
           moved.times, moved.discount_fen, moved.cost_fen, moved.payer_fen
      FROM coupon_batch b
      JOIN coupon_template t ON t.id = b.template_id
     CROSS JOIN LATERAL ({_MOVED}) moved
     WHERE b.payer_id = :payer_id AND b.id >= :after_key AND (b.id > :after_key OR moved.sort > :after_sort)
       AND moved.times > 0
     ORDER BY b.id, moved.sort
     LIMIT :limit
    """  # noqa: S608
)

SUMS: Final = text(_SUMS)

# With the payer locked: whatever was used or given back before now is committed and seen, nothing comes between.
CLOSE: Final = text(
    f"""
    INSERT INTO settlement (public_id, payer_id, first_on, until_on, starts_at, ends_at, follows_at, redeemed, returned,
                            discount_fen, cost_fen, payer_fen, closed_by_id, closed_at)
    SELECT :public_id, :payer_id, :first_on, :until_on, :starts_at, :ends_at, :follows_at, redeemed, returned,
           discount_fen, cost_fen, payer_fen, :closed_by_id, :now
      FROM ({_SUMS}) sums
    RETURNING id
    """  # noqa: S608
)

# No first period may begin after the payer's first redemption.
FIRST_USED: Final = text(
    """
    SELECT min(first.redeemed_at)
      FROM coupon_batch b
     CROSS JOIN LATERAL (SELECT r.redeemed_at FROM redemption r WHERE r.batch_id = b.id ORDER BY r.redeemed_at LIMIT 1) first
     WHERE b.payer_id = :payer_id
    """
)
