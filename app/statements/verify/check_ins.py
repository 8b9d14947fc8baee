"""What must hold of check-ins: name → (sentence, query returning the rows that break it)."""

CHECKS = {
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
}
