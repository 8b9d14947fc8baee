"""What must hold of growth, tiers and their history: name → (sentence, query returning the rows that break it)."""

# Members past the cursor of a ladder just put in force are still to be moved onto it.
_SETTLED = "NOT EXISTS (SELECT FROM ladder WHERE status = 'active' AND account.member_id > ladder.settling_after_id)"
# No ladder at all: tiers are for life.
_FOR_LIFE = "coalesce((SELECT qualification = 'lifetime' FROM ladder WHERE status = 'active'), true)"

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
    "I12_growth_reversals": (
        "Growth taken back never passes what was given, and counts for the same day.",
        """
        SELECT original.member_id, original.id, original.delta, sum(back.delta) AS taken_back
          FROM growth_entry AS original
          JOIN growth_entry AS back ON back.member_id = original.member_id AND back.reverses_id = original.id
         GROUP BY original.member_id, original.id
        HAVING original.delta + sum(back.delta) < 0 OR max(back.delta) >= 0
            OR bool_or(back.counts_on <> original.counts_on)
        """,
    ),
    "I12_growth_merges": (
        "Growth that leaves one member in a merge arrives at another, for the same day.",
        """
        SELECT counts_on, sum(delta) AS lost FROM growth_entry WHERE kind = 'merge'
         GROUP BY counts_on HAVING sum(delta) <> 0
        """,
    ),
    "I12_ladder": (
        "Exactly one ladder is in force, and its thresholds are the tiers'.",
        """
        SELECT count(*) AS active, NULL::text AS code FROM ladder WHERE status = 'active' HAVING count(*) <> 1
        UNION ALL
        SELECT NULL, coalesce(tier.code, named.key)
          FROM ladder CROSS JOIN LATERAL jsonb_each_text(ladder.thresholds) AS named
          FULL JOIN tier ON tier.code = named.key
         WHERE ladder.status = 'active' AND tier.growth_threshold IS DISTINCT FROM named.value::bigint
        UNION ALL
        SELECT NULL, tier.code FROM tier
         WHERE EXISTS (SELECT FROM ladder WHERE status = 'active' AND NOT thresholds ? tier.code)
        """,
    ),
    "I12_tier": (
        "For life, a member's tier is the highest rung their growth value reaches.",
        f"""
        SELECT account.member_id, account.tier_id, account.growth_value
          FROM member_account AS account JOIN tier AS held ON held.id = account.tier_id
         WHERE {_FOR_LIFE} AND {_SETTLED}
           AND held.growth_threshold
               <> (SELECT max(growth_threshold) FROM tier WHERE growth_threshold <= account.growth_value)
        """,  # noqa: S608
    ),
    # What counts only shrinks as days pass without new growth, so it is looked at on the last day something happened.
    "I12_tier_of_period": (
        "With periods, nobody holds a tier below the one the growth that counts reaches.",
        f"""
        WITH policy AS (
            SELECT qualification, qualification_months, settling_after_id,
                   (greatest(activated_at, now()) AT TIME ZONE programme.zone
                    - make_interval(hours => programme.cut_over_hour))::date AS looked_on,
                   programme.zone, programme.cut_over_hour
              FROM ladder CROSS JOIN programme WHERE status = 'active' AND qualification <> 'lifetime'
        ), account AS (
            SELECT account.member_id, account.tier_id,
                   greatest(policy.looked_on,
                            (SELECT max(business_date) FROM growth_entry WHERE growth_entry.member_id = account.member_id),
                            (SELECT (max(starts_at) AT TIME ZONE policy.zone
                                     - make_interval(hours => policy.cut_over_hour))::date
                               FROM tier_history WHERE tier_history.member_id = account.member_id)) AS on_date
              FROM member_account AS account CROSS JOIN policy
        )
        SELECT account.member_id, held.rank, growth.amount
          FROM account CROSS JOIN policy JOIN tier AS held ON held.id = account.tier_id
          JOIN LATERAL (
              SELECT coalesce(sum(delta), 0) AS amount FROM growth_entry
               WHERE growth_entry.member_id = account.member_id AND counts_on <= account.on_date
                 AND counts_on >= CASE WHEN policy.qualification = 'calendar_year' THEN date_trunc('year', account.on_date)::date
                                       ELSE (account.on_date - make_interval(months => policy.qualification_months))::date + 1
                                       END) AS growth ON true
         WHERE {_SETTLED}
           AND EXISTS (SELECT FROM tier WHERE tier.rank > held.rank AND tier.growth_threshold <= growth.amount)
        """,  # noqa: S608
    ),
    "I12_tier_valid_through": (
        "A tier has a last date exactly where it is reviewed: above the lowest rung of a ladder with periods.",
        f"""
        SELECT account.member_id, held.rank, account.tier_valid_through
          FROM member_account AS account JOIN tier AS held ON held.id = account.tier_id
         WHERE {_SETTLED} AND (account.tier_valid_through IS NOT NULL) <> (held.rank > 0 AND NOT {_FOR_LIFE})
        """,  # noqa: S608
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
    "I12_tier_gifts": (
        "A gift of a tier that was given is one coupon, and such a coupon is of a gift that was given.",
        """
        SELECT gift.member_id, gift.tier_id, gift.kind, gift.period, count(coupon.id) AS coupons
          FROM tier_gift AS gift JOIN member ON member.id = gift.member_id
          LEFT JOIN coupon ON coupon.member_id IN (member.id, member.merged_into_id)
                          AND split_part(coupon.source, ':' || 'merged:', 1)
                              = 'tier_gift:' || gift.tier_id || ':' || gift.kind || ':' || gift.period
         WHERE gift.state = 'given'
         GROUP BY gift.member_id, gift.tier_id, gift.kind, gift.period HAVING count(coupon.id) = 0
        UNION ALL
        SELECT coupon.member_id, NULL, coupon.source, NULL, count(*)
          FROM coupon
         WHERE coupon.source LIKE 'tier\\_gift:%'
           AND (SELECT count(*) FROM tier_gift AS gift JOIN member ON member.id = gift.member_id
                 WHERE gift.state = 'given' AND coupon.member_id IN (member.id, member.merged_into_id)
                   AND split_part(coupon.source, ':' || 'merged:', 1)
                       = 'tier_gift:' || gift.tier_id || ':' || gift.kind || ':' || gift.period) = 0
         GROUP BY coupon.member_id, coupon.source
        """,
    ),
}
