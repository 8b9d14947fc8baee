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
    "I4_campaign_benefits": (
        "What a delivery says was given along with it stands in the ledgers, under the campaign's own source.",
        """
        SELECT d.campaign_id, d.occurrence, d.member_id, c.points_gift, c.coupon_batch_id
          FROM delivery d
          JOIN campaign c ON c.id = d.campaign_id AND c.kind <> 'birthday'
          JOIN member o ON o.id = d.member_id
         CROSS JOIN LATERAL (
               SELECT coalesce(o.merged_into_id, o.id) AS person,
                      format('campaign:%s:%s', d.campaign_id, d.occurrence) AS source) one
         WHERE d.benefit = 'given'
           AND ((c.points_gift IS NOT NULL AND NOT EXISTS (
                     SELECT FROM points_entry e JOIN member m ON m.id = e.member_id
                      WHERE (m.id = one.person OR m.merged_into_id = one.person)
                        AND e.source = one.source AND e.amount = c.points_gift))
             OR (c.coupon_batch_id IS NOT NULL AND NOT EXISTS (
                     SELECT FROM coupon k
                      WHERE k.member_id = one.person AND k.batch_id = c.coupon_batch_id
                        AND (k.source = one.source OR starts_with(k.source, one.source || ':merged:')))))
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
