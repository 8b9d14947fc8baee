"""What must hold of growth, tiers and their history: name → (sentence, query returning the rows that break it)."""

CHECKS = {
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
}
