"""What must hold of the points ledger: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I1_points_balance": (
        "Entries, running balance and open lots agree for every member; so do what is held and what is owed.",
        """
        SELECT account.member_id, account.points_balance, account.points_owed, account.points_held,
               entries.balance AS entries_balance, entries.owed AS entries_owed,
               lots.remaining AS lots_remaining, lots.held AS lots_held, holds.amount AS holds_amount
          FROM member_account AS account
          LEFT JOIN (
              SELECT member_id, sum(delta) AS balance,
                     sum(CASE WHEN from_account = 'owed' THEN amount WHEN to_account = 'owed' THEN -amount ELSE 0 END) AS owed
                FROM points_entry GROUP BY member_id
          ) AS entries USING (member_id)
          LEFT JOIN (SELECT member_id, sum(remaining) AS remaining, sum(held) AS held FROM points_lot GROUP BY member_id)
            AS lots USING (member_id)
          LEFT JOIN (SELECT member_id, sum(amount) AS amount FROM points_hold WHERE state = 'held' GROUP BY member_id)
            AS holds USING (member_id)
         WHERE account.points_balance <> coalesce(entries.balance, 0)
            OR account.points_owed <> coalesce(entries.owed, 0)
            OR account.points_balance <> coalesce(lots.remaining, 0)
            OR account.points_held <> coalesce(lots.held, 0)
            OR account.points_held <> coalesce(holds.amount, 0)
        """,
    ),
    "I1_points_sequence": (
        "Entries of a member are numbered without gap and each balance and debt follows from the one before.",
        """
        SELECT member_id, id, seq FROM (
            SELECT member_id, id, seq, balance_after, owed_after, delta,
                   CASE WHEN from_account = 'owed' THEN amount WHEN to_account = 'owed' THEN -amount ELSE 0 END AS owed_delta,
                   lag(balance_after, 1, 0::bigint) OVER w AS before, lag(owed_after, 1, 0::bigint) OVER w AS owed_before,
                   row_number() OVER w AS expected
              FROM points_entry WINDOW w AS (PARTITION BY member_id ORDER BY seq)
        ) AS numbered
         WHERE seq <> expected OR balance_after <> before + delta OR owed_after <> owed_before + owed_delta
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
    "I1_lots_held": (
        "A lot holds what the open holds have promised of it.",
        """
        SELECT lot.member_id, lot.id, lot.held, coalesce(promised.amount, 0) AS promised
          FROM points_lot AS lot
          LEFT JOIN (
              SELECT part.member_id, part.lot_id, sum(part.amount) AS amount
                FROM points_hold AS hold
                JOIN points_hold_lot AS part ON part.member_id = hold.member_id AND part.hold_id = hold.id
               WHERE hold.state = 'held' GROUP BY part.member_id, part.lot_id
          ) AS promised ON promised.member_id = lot.member_id AND promised.lot_id = lot.id
         WHERE lot.held <> coalesce(promised.amount, 0)
        """,
    ),
    "I1_holds": (
        "A hold promises its amount from lots; a captured one was spent by one entry of no more.",
        """
        SELECT hold.member_id, hold.id, hold.state, hold.amount, parts.amount AS promised, entry.amount AS spent
          FROM points_hold AS hold
          LEFT JOIN (SELECT member_id, hold_id, sum(amount) AS amount FROM points_hold_lot GROUP BY member_id, hold_id)
            AS parts ON parts.member_id = hold.member_id AND parts.hold_id = hold.id
          LEFT JOIN points_entry AS entry ON entry.member_id = hold.member_id AND entry.id = hold.entry_id
         WHERE hold.amount IS DISTINCT FROM parts.amount
            OR (hold.state = 'captured' AND (entry.kind <> 'spend' OR entry.amount > hold.amount))
        """,
    ),
    "I2_double_entry": (
        "The whole ledger sums to zero: members hold what their account received, debts are what `owed` gave, merges cancel out.",
        """
        WITH posting AS (
            SELECT to_account AS account, amount FROM points_entry
            UNION ALL SELECT from_account, -amount FROM points_entry
        ), total AS (
            SELECT account, sum(amount) AS total FROM posting GROUP BY account
            UNION ALL SELECT 'all accounts', sum(amount) FROM posting
        ), expected AS (
            SELECT 'member' AS account, sum(points_balance) AS total FROM member_account
            UNION ALL SELECT 'owed', -sum(points_owed) FROM member_account
            UNION ALL SELECT 'merge', 0
            UNION ALL SELECT 'all accounts', 0
        )
        SELECT account, total.total, expected.total AS expected
          FROM expected LEFT JOIN total USING (account)
         WHERE coalesce(total.total, 0) <> coalesce(expected.total, 0)
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
    "I3_debt_is_settled": (
        "Who owes points has none to take: a debt is settled by whatever is there, pending or past its time or not.",
        """
        SELECT account.member_id, account.points_owed, sum(lot.remaining - lot.held) AS free
          FROM member_account AS account JOIN points_lot AS lot ON lot.member_id = account.member_id
         WHERE account.points_owed > 0 AND lot.remaining > lot.held
         GROUP BY account.member_id, account.points_owed
        """,
    ),
    "I13_reversals": (
        "Reversals undo an earning, a spending or an adjustment, the other way round, and sum to no more; of a spending to all.",
        """
        SELECT original.member_id, original.id, original.kind, original.amount, sum(undo.amount) AS undone
          FROM points_entry AS original
          JOIN points_entry AS undo ON undo.member_id = original.member_id AND undo.reverses_id = original.id
         GROUP BY original.member_id, original.id, original.kind, original.amount, original.from_account, original.to_account
        HAVING sum(undo.amount) > original.amount
            OR original.kind NOT IN ('earn', 'spend', 'adjust')
            OR (original.to_account = 'member' AND NOT bool_and(
                    undo.to_account = original.from_account AND undo.from_account IN ('member', 'owed')))
            OR (original.from_account = 'member' AND (sum(undo.amount) <> original.amount OR NOT bool_and(
                    undo.from_account = original.to_account AND undo.to_account = 'member')))
        """,
    ),
    "I14_lots_in_time": (
        "Nothing expires before its time, but with a member who is erased; nothing is spent before or after its own, but for"
        " what a hold had promised.",
        """
        SELECT taker.member_id, taker.id, taker.kind, lot.id AS lot_id, lot.available_at, lot.expires_at, taker.recorded_at
          FROM points_lot_use AS use
          JOIN points_lot AS lot ON lot.member_id = use.member_id AND lot.id = use.lot_id
          JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
          JOIN member ON member.id = taker.member_id
         WHERE (taker.kind = 'expire' AND (lot.expires_at IS NULL OR lot.expires_at > taker.recorded_at)
                AND NOT (member.status = 'erased' AND taker.source LIKE 'erasure:%'))
            OR (taker.kind IN ('spend', 'adjust')
                AND (lot.available_at > taker.recorded_at OR lot.expires_at <= taker.recorded_at)
                AND NOT EXISTS (SELECT FROM points_hold AS hold
                                 WHERE hold.member_id = taker.member_id AND hold.entry_id = taker.id))
        """,
    ),
    "I15_lots_keep_their_root": (
        "A lot that came with a merge names the entry that first earned it, and never outgrows it; no other lot names one.",
        """
        SELECT lot.member_id, lot.id, lot.granted, entry.kind, root.kind AS root_kind, root.amount AS root_amount
          FROM points_lot AS lot
          JOIN points_entry AS entry ON entry.member_id = lot.member_id AND entry.id = lot.entry_id
          LEFT JOIN points_entry AS root ON root.member_id = lot.root_member_id AND root.id = lot.root_entry_id
         WHERE (entry.kind = 'merge') <> (root.id IS NOT NULL) OR root.kind = 'merge' OR lot.granted > root.amount
        """,
    ),
}
