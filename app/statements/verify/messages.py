"""What must hold of deliveries and subscription grants: name → (sentence, query returning the rows that break it)."""

CHECKS = {
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
}
