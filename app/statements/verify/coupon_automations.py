"""What must hold of exchanges and of coupons that events bring: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I4_exchange": (
        "A coupon taken for points was paid with one spending of its price; a returned one is revoked and its points are back.",
        """
        SELECT exchange.id, exchange.points, entry.kind, entry.amount, coupon.status, back.amount AS returned
          FROM coupon_exchange AS exchange
          JOIN points_entry AS entry ON entry.member_id = exchange.paid_by_id AND entry.id = exchange.entry_id
          JOIN coupon ON coupon.member_id = exchange.member_id AND coupon.id = exchange.coupon_id
          JOIN coupon_batch AS batch ON batch.id = coupon.batch_id
          LEFT JOIN points_entry AS back ON back.member_id = entry.member_id AND back.reverses_id = entry.id
         WHERE entry.kind <> 'spend' OR entry.amount <> exchange.points OR batch.how <> 'exchange'
            OR (exchange.state = 'returned') <> (back.amount IS NOT DISTINCT FROM exchange.points)
            OR (exchange.state = 'returned' AND (coupon.status <> 'revoked' OR coupon.used > 0))
        """,
    ),
    "I4_exchange_paid": (
        "Nobody has a coupon of the exchange shop without having paid for it.",
        """
        SELECT coupon.member_id, coupon.id, coupon.source
          FROM coupon JOIN coupon_batch AS batch ON batch.id = coupon.batch_id AND batch.how = 'exchange'
         WHERE coupon.source LIKE 'exchange:%' AND NOT EXISTS (
            SELECT FROM coupon_exchange AS exchange
             WHERE exchange.member_id = coupon.member_id AND exchange.coupon_id = coupon.id)
        """,
    ),
    "I4_owed": (
        "What an event brought and was given is there, once; what was taken back with its bill is revoked.",
        """
        SELECT owed.member_id, owed.automation_id, owed.occurrence, owed.state, coupon.status
          FROM coupon_owed AS owed
          JOIN member ON member.id = owed.member_id
          LEFT JOIN coupon ON coupon.member_id IN (owed.member_id, member.merged_into_id)
               AND (coupon.source = 'auto:' || owed.automation_id || ':' || owed.occurrence
                    OR coupon.source LIKE 'auto:' || owed.automation_id || ':' || owed.occurrence || ':merged:%')
         WHERE owed.state IN ('given', 'withdrawn') AND coupon.id IS NULL
            OR owed.state = 'withdrawn' AND coupon.status <> 'revoked'
        """,
    ),
}
