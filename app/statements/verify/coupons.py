"""What must hold of coupons, batches and redemptions: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I5_one_live_redemption": (
        "A redeemed coupon has exactly one live redemption; any other has none.",
        """
        SELECT coupon.member_id, coupon.id, coupon.status, count(redemption.id) AS live
          FROM coupon
          LEFT JOIN redemption ON redemption.member_id = coupon.member_id AND redemption.coupon_id = coupon.id
                              AND redemption.reversed_at IS NULL
         GROUP BY coupon.member_id, coupon.id, coupon.status
        HAVING count(redemption.id) <> CASE WHEN coupon.status = 'redeemed' THEN 1 ELSE 0 END
        """,
    ),
    "I6_stock": (
        "A batch's issued count is its coupons, within stock.",
        """
        SELECT batch.id, batch.stock, batch.issued, coalesce(copies.n, 0) AS coupons
          FROM coupon_batch AS batch
          LEFT JOIN (SELECT batch_id, count(*) AS n FROM coupon GROUP BY batch_id) AS copies ON copies.batch_id = batch.id
         WHERE batch.issued <> coalesce(copies.n, 0) OR batch.issued > batch.stock
        """,
    ),
    "I7_member_limit": (
        "No member holds more counted copies of a batch than its limit.",
        """
        SELECT batch_id, member_id, count(*) AS copies FROM coupon WHERE slot IS NOT NULL
         GROUP BY batch_id, member_id HAVING count(*) > max(per_member_limit)
        """,
    ),
    "I8_budget": (
        "Committed money is the face value of the issued coupons, within budget.",
        """
        SELECT batch.id, batch.budget_fen, batch.committed_fen, coalesce(copies.fen, 0) AS coupons_fen
          FROM coupon_batch AS batch
          LEFT JOIN (SELECT batch_id, sum(value_fen) AS fen FROM coupon GROUP BY batch_id) AS copies ON copies.batch_id = batch.id
         WHERE batch.committed_fen <> coalesce(copies.fen, 0) OR batch.committed_fen > batch.budget_fen
        """,
    ),
}
