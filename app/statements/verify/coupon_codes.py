"""What must hold of unique codes and of gifts to friends: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I6_codes": (
        "A batch counts the codes its runs want or made, within its stock; a run's count is its codes; a done run made them all.",
        """
        SELECT batch.id AS batch_id, NULL::bigint AS run_id, batch.codes AS told, coalesce(runs.n, 0) AS counted
          FROM coupon_batch AS batch
          LEFT JOIN (SELECT batch_id, sum(CASE WHEN state = 'cancelled' THEN made ELSE wanted END) AS n
                       FROM coupon_code_run GROUP BY batch_id) AS runs ON runs.batch_id = batch.id
         WHERE batch.codes <> coalesce(runs.n, 0) OR batch.codes > batch.stock
        UNION ALL
        SELECT run.batch_id, run.id, run.made, coalesce(codes.n, 0)
          FROM coupon_code_run AS run
          LEFT JOIN (SELECT run_id, count(*) AS n, max(serial) AS last FROM coupon_code GROUP BY run_id) AS codes
            ON codes.run_id = run.id
         WHERE run.made <> coalesce(codes.n, 0) OR coalesce(codes.last, 0) > run.cursor
            OR (run.state = 'done' AND run.made <> run.wanted)
        """,
    ),
    "I4_codes_used_once": (
        "A used code is one coupon of its batch, and a coupon that came of a code is one used code's.",
        """
        SELECT code.run_id, code.serial, coupon.member_id, coupon.id AS coupon_id
          FROM (SELECT code.*, run.batch_id FROM coupon_code AS code JOIN coupon_code_run AS run ON run.id = code.run_id
                 WHERE code.used_at IS NOT NULL) AS code
          FULL JOIN (SELECT * FROM coupon WHERE source LIKE 'code:%') AS coupon
            ON coupon.member_id = code.member_id AND coupon.id = code.coupon_id
         WHERE code.run_id IS NULL OR coupon.id IS NULL OR coupon.batch_id <> code.batch_id
            OR coupon.source <> 'code:' || code.run_id || ':' || code.serial
        """,
    ),
    "I4_transfers": (
        "An accepted gift has exactly one copy that was given and one that was received, of the same batch and validity;"
        " no other copy was given or received.",
        """
        SELECT transfer.id, given.id AS given_id, received.id AS received_id
          FROM coupon_transfer AS transfer
          LEFT JOIN coupon AS given
            ON given.member_id = transfer.from_member_id AND given.id = transfer.from_coupon_id
          LEFT JOIN coupon AS received
            ON received.member_id = transfer.to_member_id AND received.id = transfer.to_coupon_id
         WHERE transfer.state = 'accepted'
           AND (given.status IS DISTINCT FROM 'given' OR received.source IS DISTINCT FROM 'transfer:' || transfer.id
                OR received.slot IS NOT NULL OR given.used <> 0
                OR (given.batch_id, given.bucket_no, given.template_id, given.value_fen, given.uses, given.expires_at)
                   IS DISTINCT FROM
                   (received.batch_id, received.bucket_no, received.template_id, received.value_fen, received.uses,
                    received.expires_at))
        UNION ALL
        SELECT NULL, coupon.id, NULL FROM coupon
         WHERE status = 'given'
           AND (SELECT count(*) FROM coupon_transfer AS transfer
                 WHERE transfer.state = 'accepted' AND transfer.from_member_id = coupon.member_id
                   AND transfer.from_coupon_id = coupon.id) <> 1
        UNION ALL
        SELECT NULL, NULL, coupon.id FROM coupon
         WHERE source LIKE 'transfer:%'
           AND (SELECT count(*) FROM coupon_transfer AS transfer
                 WHERE transfer.state = 'accepted' AND transfer.to_member_id = coupon.member_id
                   AND transfer.to_coupon_id = coupon.id) <> 1
        """,
    ),
}
