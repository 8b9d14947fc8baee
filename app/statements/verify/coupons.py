"""What must hold of coupons, batches and redemptions: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I5_one_live_redemption": (
        "A coupon has as many live redemptions as uses it has had; a redeemed one as many as it allows.",
        """
        SELECT coupon.member_id, coupon.id, coupon.status, coupon.used, count(redemption.id) AS live
          FROM coupon
          LEFT JOIN redemption ON redemption.member_id = coupon.member_id AND redemption.coupon_id = coupon.id
                              AND redemption.reversed_at IS NULL
         GROUP BY coupon.member_id, coupon.id, coupon.status, coupon.used, coupon.uses
        HAVING count(redemption.id) <> coupon.used OR (coupon.status = 'redeemed' AND coupon.used <> coupon.uses)
            OR coalesce(max(redemption.use_no), 0) > coupon.uses
        """,
    ),
    "I5_checkout": (
        "What the coupons of a bill took off is the sum of its redemptions; an undone bill has no live one.",
        """
        SELECT checkout.id, checkout.coupon_fen, coalesce(sum(redemption.discount_fen), 0) AS redeemed_fen
          FROM checkout LEFT JOIN redemption ON redemption.checkout_id = checkout.id
         GROUP BY checkout.id, checkout.coupon_fen, checkout.reversed_at
        HAVING coalesce(sum(redemption.discount_fen), 0) <> checkout.coupon_fen
            OR (checkout.reversed_at IS NOT NULL AND bool_or(redemption.id IS NOT NULL AND redemption.reversed_at IS NULL))
        """,
    ),
    "I13_checkout": (
        "The purchase of a settled bill says what the bill says, and is voided or refunded once the bill is undone.",
        """
        SELECT checkout.id, checkout.bill_fen, checkout.reversed_at, purchase.bill_fen AS said_fen, purchase.discount_fen,
               purchase.status
          FROM checkout JOIN purchase ON purchase.id = checkout.purchase_id
         WHERE purchase.bill_fen <> checkout.bill_fen
            OR purchase.discount_fen <> checkout.coupon_fen + checkout.tier_fen + checkout.points_fen
            OR (checkout.reversed_at IS NOT NULL AND purchase.status NOT IN ('voided', 'refunded'))
            OR (checkout.reversed_at IS NULL AND purchase.status = 'voided')
        """,
    ),
    "I13_checkout_points": (
        "Points that paid for a bill were spent on it, and came back whole if it was undone or refunded in full.",
        """
        SELECT checkout.id, checkout.points_spent, coalesce(spent.amount, 0) AS spent, coalesce(undo.amount, 0) AS back
          FROM checkout
          LEFT JOIN purchase ON purchase.id = checkout.purchase_id
          LEFT JOIN points_entry AS spent ON spent.source = 'checkout:' || checkout.public_id AND spent.kind = 'spend'
          LEFT JOIN points_entry AS undo ON undo.member_id = spent.member_id AND undo.reverses_id = spent.id
         WHERE checkout.points_spent <> coalesce(spent.amount, 0)
            OR coalesce(undo.amount, 0) <> CASE WHEN checkout.reversed_at IS NOT NULL OR purchase.status = 'refunded'
                                                THEN checkout.points_spent ELSE 0 END
        """,
    ),
    "I6_stock": (
        "What a bucket has issued is its coupons, within its stock; the buckets of a batch add up to its stock and budget.",
        """
        SELECT bucket.batch_id, bucket.no, bucket.stock, bucket.issued, coalesce(copies.n, 0) AS coupons
          FROM coupon_bucket AS bucket
          LEFT JOIN (SELECT batch_id, bucket_no, count(*) AS n FROM coupon
                      WHERE source NOT LIKE 'transfer:%' GROUP BY batch_id, bucket_no) AS copies
            ON copies.batch_id = bucket.batch_id AND copies.bucket_no = bucket.no
         WHERE bucket.issued <> coalesce(copies.n, 0) OR bucket.issued > bucket.stock
        UNION ALL
        SELECT batch.id, NULL, batch.stock, sum(bucket.stock), count(bucket.no)
          FROM coupon_batch AS batch LEFT JOIN coupon_bucket AS bucket ON bucket.batch_id = batch.id
         GROUP BY batch.id
        HAVING coalesce(sum(bucket.stock), 0) <> batch.stock OR coalesce(sum(bucket.budget_fen), 0) <> batch.budget_fen
            OR count(bucket.no) <> batch.buckets
        """,
    ),
    "I7_member_limit": (
        "No member holds more counted copies of a batch, of a day or of a family than its limit.",
        """
        SELECT 'batch' AS per, batch_id::text AS of, member_id, count(*) AS copies FROM coupon WHERE slot IS NOT NULL
         GROUP BY batch_id, member_id HAVING count(*) > max(per_member_limit)
        UNION ALL
        SELECT 'day', batch_id || ' ' || issued_on, member_id, count(*) FROM coupon WHERE day_slot IS NOT NULL
         GROUP BY batch_id, issued_on, member_id HAVING count(*) > max(per_day_limit)
        UNION ALL
        SELECT 'life', family_id::text, member_id, count(*) FROM coupon WHERE life_slot IS NOT NULL
         GROUP BY family_id, member_id HAVING count(*) > max(life_limit)
        """,
    ),
    "I8_budget": (
        "Committed money is what the issued coupons can cost, by their terms, within budget.",
        """
        SELECT bucket.batch_id, bucket.no, bucket.budget_fen, bucket.committed_fen, coalesce(copies.fen, 0) AS coupons_fen
          FROM coupon_bucket AS bucket
          LEFT JOIN (SELECT batch_id, bucket_no, sum(template.value_fen * template.uses) AS fen
                       FROM coupon JOIN coupon_template AS template ON template.id = coupon.template_id
                      WHERE source NOT LIKE 'transfer:%' GROUP BY batch_id, bucket_no) AS copies
            ON copies.batch_id = bucket.batch_id AND copies.bucket_no = bucket.no
         WHERE bucket.committed_fen <> coalesce(copies.fen, 0) OR bucket.committed_fen > bucket.budget_fen
        """,
    ),
    "I8_terms": (
        "A coupon is worth and can be used what its template says.",
        """
        SELECT coupon.member_id, coupon.id, coupon.value_fen, coupon.uses, template.value_fen AS said_fen, template.uses AS said
          FROM coupon JOIN coupon_template AS template ON template.id = coupon.template_id
         WHERE coupon.value_fen <> template.value_fen OR coupon.uses <> template.uses
        """,
    ),
}
