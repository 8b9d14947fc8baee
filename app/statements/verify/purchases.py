"""What must hold of purchases and what they earned: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I4_one_event_one_entry": (
        "A purchase or check-in is credited at most once, over all members.",
        """
        SELECT source, count(*) AS entries FROM points_entry
         WHERE kind = 'earn' AND source LIKE 'purchase:%' GROUP BY source HAVING count(*) > 1
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
}
