"""The invariants as SQL: each query returns the rows that break it, so none is the good answer. Read-only."""

from sqlalchemy import text

# (name, what must hold, query). Limited: a broken ledger needs a person, not a million lines.
LIMIT = 20

CHECKS = {
    "I1_points_balance": (
        "Entries, running balance and open lots agree for every member.",
        """
        SELECT account.member_id, account.points_balance, account.points_owed,
               entries.balance AS entries_balance, entries.owed AS entries_owed, lots.remaining AS lots_remaining
          FROM member_account AS account
          LEFT JOIN (
              SELECT member_id, sum(delta) AS balance,
                     sum(CASE WHEN from_account = 'owed' THEN amount WHEN to_account = 'owed' THEN -amount ELSE 0 END) AS owed
                FROM points_entry GROUP BY member_id
          ) AS entries USING (member_id)
          LEFT JOIN (SELECT member_id, sum(remaining) AS remaining FROM points_lot GROUP BY member_id) AS lots USING (member_id)
         WHERE account.points_balance <> coalesce(entries.balance, 0)
            OR account.points_owed <> coalesce(entries.owed, 0)
            OR account.points_balance <> coalesce(lots.remaining, 0)
        """,
    ),
    "I1_points_sequence": (
        "Entries of a member are numbered without gap and each balance follows from the one before.",
        """
        SELECT member_id, id, seq FROM (
            SELECT member_id, id, seq, balance_after, delta,
                   lag(balance_after, 1, 0::bigint) OVER w AS before, row_number() OVER w AS expected
              FROM points_entry WINDOW w AS (PARTITION BY member_id ORDER BY seq)
        ) AS numbered
         WHERE seq <> expected OR balance_after <> before + delta
        """,
    ),
    "I1_lot_uses": (
        "What lots have given is what entries took, less what reversals gave back.",
        """
        SELECT lot.member_id, lot.id, lot.granted, lot.remaining, coalesce(uses.amount, 0) AS used
          FROM points_lot AS lot
          LEFT JOIN (
              SELECT use.member_id, use.lot_id, sum(use.amount) AS amount
                FROM points_lot_use AS use
               WHERE NOT EXISTS (
                    SELECT FROM points_entry AS undone
                     WHERE undone.member_id = use.member_id AND undone.reverses_id = use.entry_id)
               GROUP BY use.member_id, use.lot_id
          ) AS uses ON uses.member_id = lot.member_id AND uses.lot_id = lot.id
         WHERE lot.granted - lot.remaining <> coalesce(uses.amount, 0)
        """,
    ),
    "I2_double_entry": (
        "Points leave the shop's accounts exactly as members hold, owe or gave them back; merges cancel out.",
        """
        SELECT sum(CASE WHEN to_account = 'merge' THEN amount WHEN from_account = 'merge' THEN -amount ELSE 0 END) AS merge_rest
          FROM points_entry
        HAVING sum(CASE WHEN to_account = 'merge' THEN amount WHEN from_account = 'merge' THEN -amount ELSE 0 END) <> 0
        """,
    ),
    "I2_entries_explain_lots": (
        "Every entry that brought points has lots of the same amount, every entry that took points has lot uses.",
        """
        SELECT entry.member_id, entry.id, entry.kind, entry.amount
          FROM points_entry AS entry
          LEFT JOIN (SELECT member_id, entry_id, sum(granted) AS amount FROM points_lot GROUP BY 1, 2) AS lot
            ON lot.member_id = entry.member_id AND lot.entry_id = entry.id
          LEFT JOIN (SELECT member_id, entry_id, sum(amount) AS amount FROM points_lot_use GROUP BY 1, 2) AS use
            ON use.member_id = entry.member_id AND use.entry_id = entry.id
         WHERE (entry.to_account = 'member' AND entry.kind <> 'reverse' AND coalesce(lot.amount, 0) <> entry.amount)
            OR (entry.from_account = 'member' AND coalesce(use.amount, 0) <> entry.amount)
        """,
    ),
    "I4_one_event_one_entry": (
        "A purchase or check-in is credited at most once, over all members.",
        """
        SELECT source, count(*) AS entries FROM points_entry
         WHERE kind = 'earn' AND source LIKE 'purchase:%' GROUP BY source HAVING count(*) > 1
        """,
    ),
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
    "I9_check_in_streak": (
        "A stored streak is the recomputed one.",
        """
        SELECT today.member_id, today.business_date, today.streak, coalesce(yesterday.streak, 0) + 1 AS recomputed
          FROM check_in AS today
          LEFT JOIN check_in AS yesterday
            ON yesterday.member_id = today.member_id AND yesterday.business_date = today.business_date - 1
         WHERE today.streak <> coalesce(yesterday.streak, 0) + 1
        """,
    ),
    "I9_check_in_paid": (
        "Every check-in has its points entry.",
        """
        SELECT check_in.member_id, check_in.business_date FROM check_in
         WHERE NOT EXISTS (
            SELECT FROM points_entry AS entry
             WHERE entry.source = 'check_in:' || check_in.business_date AND entry.amount = check_in.points
               AND (entry.member_id = check_in.member_id
                    OR entry.member_id IN (SELECT id FROM member WHERE merged_into_id = check_in.member_id)))
        """,
    ),
    "I10_open_dispatch": (
        "Only what was handed to WeChat waits for its event, and what ended has its time.",
        """
        SELECT campaign_id, occurrence, member_id, state FROM delivery
         WHERE (state IN ('failed', 'suppressed', 'missed', 'planned', 'claimed') AND awaiting_event)
            OR (state IN ('sent', 'failed', 'suppressed', 'missed') AND finished_at IS NULL)
        """,
    ),
    "I11_grants": (
        "A subscription grant is the sum of its entries and never negative.",
        """
        SELECT balance.member_id, balance.message_template_id, balance.remaining, entries.remaining AS entries_remaining
          FROM subscription_grant AS balance
          FULL JOIN (
              SELECT member_id, message_template_id, sum(delta) AS remaining
                FROM subscription_grant_entry GROUP BY member_id, message_template_id
          ) AS entries USING (member_id, message_template_id)
         WHERE coalesce(balance.remaining, 0) <> coalesce(entries.remaining, 0) OR balance.remaining < 0
        """,
    ),
    "I12_growth_balance": (
        "Growth entries and the running value agree for every member.",
        """
        SELECT account.member_id, account.growth_value, coalesce(entries.total, 0) AS entries_total
          FROM member_account AS account
          LEFT JOIN (SELECT member_id, sum(delta) AS total FROM growth_entry GROUP BY member_id) AS entries USING (member_id)
         WHERE account.growth_value <> coalesce(entries.total, 0)
        """,
    ),
    "I12_tier": (
        "A member's tier is the highest rung their growth value reaches.",
        """
        SELECT account.member_id, account.tier_id, account.growth_value
          FROM member_account AS account JOIN tier AS held ON held.id = account.tier_id
         WHERE held.growth_threshold
               <> (SELECT max(growth_threshold) FROM tier WHERE growth_threshold <= account.growth_value)
        """,
    ),
    "I12_tier_history": (
        "Tier history has no gap, no overlap, and ends in the tier held now.",
        """
        SELECT member_id, id, starts_at, ends_at FROM (
            SELECT history.member_id, history.id, history.starts_at, history.ends_at, history.tier_id, account.tier_id AS held,
                   lead(history.starts_at) OVER w AS next_start
              FROM member_account AS account LEFT JOIN tier_history AS history USING (member_id)
            WINDOW w AS (PARTITION BY history.member_id ORDER BY history.starts_at)
        ) AS history
         WHERE id IS NULL OR ends_at IS DISTINCT FROM next_start OR (ends_at IS NULL AND tier_id <> held)
        """,
    ),
    "I13_reversals": (
        "A reversal is equal and opposite to its original, less what had expired.",
        """
        SELECT original.member_id, original.id, original.amount, sum(undo.amount) AS undone
          FROM points_entry AS original
          JOIN points_entry AS undo ON undo.member_id = original.member_id AND undo.reverses_id = original.id
         GROUP BY original.member_id, original.id, original.amount
        HAVING sum(undo.amount) > original.amount
            OR sum(undo.amount) < original.amount - (
                SELECT coalesce(sum(use.amount), 0) FROM points_lot AS lot
                  JOIN points_lot_use AS use ON use.member_id = lot.member_id AND use.lot_id = lot.id
                  JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
                 WHERE lot.member_id = original.member_id AND lot.entry_id = original.id AND taker.kind = 'expire')
        """,
    ),
    "I13_refunds": (
        "A refunded or voided purchase's points are reversed, unless all had expired; a paid one's are not.",
        """
        SELECT purchase.id, purchase.status FROM purchase
          JOIN points_entry AS earned ON earned.source = 'purchase:' || purchase.id
          LEFT JOIN points_entry AS undo ON undo.member_id = earned.member_id AND undo.reverses_id = earned.id
         GROUP BY purchase.id, purchase.status, earned.member_id, earned.id, earned.amount
        HAVING (count(undo.id) > 0) <> (purchase.status <> 'paid')
           AND (purchase.status = 'paid' OR earned.amount > (
                SELECT coalesce(sum(use.amount), 0) FROM points_lot AS lot
                  JOIN points_lot_use AS use ON use.member_id = lot.member_id AND use.lot_id = lot.id
                  JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
                 WHERE lot.member_id = earned.member_id AND lot.entry_id = earned.id AND taker.kind = 'expire'))
        """,
    ),
    "I15_merges": (
        "A merged member keeps nothing of value and no identity.",
        """
        SELECT member.id, account.points_balance, account.points_owed, account.growth_value
          FROM member JOIN member_account AS account ON account.member_id = member.id
         WHERE member.status = 'merged'
           AND (account.points_balance <> 0 OR account.points_owed <> 0 OR account.growth_value <> 0
                OR EXISTS (SELECT FROM member_identity WHERE member_id = member.id)
                OR EXISTS (SELECT FROM coupon WHERE member_id = member.id))
        """,
    ),
    "I15_accounts": (
        "Every member has an account, and at least one identity or a phone while active.",
        """
        SELECT member.id, member.status FROM member
         WHERE NOT EXISTS (SELECT FROM member_account WHERE member_id = member.id)
            OR (member.status = 'active' AND member.phone_index IS NULL
                AND NOT EXISTS (SELECT FROM member_identity WHERE member_id = member.id))
        """,
    ),
    "I17_privileged_changes": (
        "Every reversal of a redemption and every merge has its audit row.",
        """
        SELECT 'redemption' AS kind, id FROM redemption
         WHERE reversed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM audit_entry WHERE action = 'redemption.reverse' AND object_id = redemption.id)
        UNION ALL
        SELECT 'member_merge', id FROM member_merge
         WHERE NOT EXISTS (SELECT FROM audit_entry WHERE action = 'member.merge' AND object_id IN (kept_id, merged_id))
        """,
    ),
}

QUERIES = {name: text(f"SELECT * FROM ({query}) AS broken LIMIT {LIMIT}") for name, (_, query) in CHECKS.items()}  # noqa: S608
