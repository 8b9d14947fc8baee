"""What must hold of shares and settlements: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I8_shares": (
        "A use names its coupon's batch and who pays for it, with the agreed share of its cost, rounded down.",
        """
        SELECT redemption.id, redemption.batch_id, redemption.payer_id, redemption.cost_fen, redemption.payer_fen,
               batch.payer_share_bp
          FROM redemption
          JOIN coupon ON coupon.member_id = redemption.member_id AND coupon.id = redemption.coupon_id
          JOIN coupon_batch AS batch ON batch.id = coupon.batch_id
         WHERE redemption.batch_id IS DISTINCT FROM batch.id
            OR redemption.payer_id IS DISTINCT FROM batch.payer_id
            OR redemption.payer_fen <> coalesce(redemption.cost_fen * batch.payer_share_bp / 10000, 0)
        """,
    ),
    "I8_settlements": (
        "A closed period says what was used in it and stood at its end, less what came back in it of earlier uses.",
        """
        SELECT settlement.id, settlement.payer_id, settlement.cost_fen, settlement.payer_fen, told.cost_fen AS cost_now,
               told.payer_fen AS payer_now
          FROM settlement
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(moved.sign * redemption.discount_fen), 0) AS discount_fen,
                      coalesce(sum(moved.sign * redemption.cost_fen), 0) AS cost_fen,
                      coalesce(sum(moved.sign * redemption.payer_fen), 0) AS payer_fen,
                      count(*) FILTER (WHERE moved.sign = 1) AS redeemed, count(*) FILTER (WHERE moved.sign = -1) AS returned
                 FROM redemption
                CROSS JOIN LATERAL (
                      SELECT CASE WHEN redemption.redeemed_at >= settlement.starts_at
                                   AND redemption.redeemed_at < settlement.ends_at
                                   AND (redemption.reversed_at IS NULL OR redemption.reversed_at >= settlement.ends_at) THEN 1
                                  WHEN redemption.redeemed_at < settlement.starts_at
                                   AND redemption.reversed_at >= settlement.starts_at
                                   AND redemption.reversed_at < settlement.ends_at THEN -1 END AS sign) moved
                WHERE redemption.payer_id = settlement.payer_id AND moved.sign IS NOT NULL) told
         WHERE (settlement.redeemed, settlement.returned, settlement.discount_fen, settlement.cost_fen, settlement.payer_fen)
               IS DISTINCT FROM (told.redeemed, told.returned, told.discount_fen, told.cost_fen, told.payer_fen)
        UNION ALL
        SELECT NULL, payer.id, NULL, NULL, NULL, count(*)
          FROM payer
          JOIN redemption ON redemption.payer_id = payer.id
         WHERE redemption.redeemed_at < (SELECT min(starts_at) FROM settlement WHERE payer_id = payer.id)
         GROUP BY payer.id
        """,
    ),
}
