"""What must hold of the points ledger: name → (sentence, query returning the rows that break it)."""

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
}
