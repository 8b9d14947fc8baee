"""What must hold of check-ins: name → (sentence, query returning the rows that break it)."""

# Nothing booked so by the member who has the row, nor by anybody merged into the same person: entries stay where they were
# booked, and so does a day of somebody merged away whom it was not new to.
# Two looks rather than one with OR: each is a join over the whole ledger, not a search of it for every row.
_NOT_BOOKED = """
    NOT EXISTS (SELECT FROM points_entry AS entry WHERE entry.member_id = check_in.member_id AND {so})
    AND NOT EXISTS (SELECT FROM member AS holder
                      JOIN member AS merged ON merged.merged_into_id = coalesce(holder.merged_into_id, holder.id)
                      JOIN points_entry AS entry ON entry.member_id = merged.id
                     WHERE holder.id = check_in.member_id AND {so})"""
_PAID = _NOT_BOOKED.format(
    so="entry.source = 'check_in:' || check_in.business_date AND entry.amount = check_in.points AND entry.kind = 'earn'"
)
_PAID_FOR = _NOT_BOOKED.format(so="entry.source = 'makeup:' || check_in.business_date AND entry.kind = 'spend'")

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
        "Every check-in made on its day has its points entry.",
        f"""
        SELECT check_in.member_id, check_in.business_date FROM check_in
         WHERE check_in.makeup_no IS NULL AND {_PAID}
        """,  # noqa: S608
    ),
    "I9_make_up_paid": (
        "Every day made up for was paid for with points, and pays none.",
        f"""
        SELECT check_in.member_id, check_in.business_date, check_in.points FROM check_in
         WHERE check_in.makeup_no IS NOT NULL AND (check_in.points <> 0 OR {_PAID_FOR})
        """,  # noqa: S608
    ),
    "I9_check_in_for_points": (
        "No points moved for a check-in or a make-up there is not.",
        """
        SELECT entry.member_id, entry.source FROM points_entry AS entry JOIN member ON member.id = entry.member_id
         WHERE entry.source ~ '^(check_in|makeup):[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND entry.kind IN ('earn', 'spend')
           AND NOT EXISTS (
            SELECT FROM check_in WHERE check_in.member_id IN (member.id, member.merged_into_id)
               AND check_in.business_date = split_part(entry.source, ':', 2)::date)
        """,
    ),
    "I7_make_ups_numbered": (
        "Make-ups of a month are numbered without a gap: none was had outside the limit.",
        """
        SELECT member_id, month, count(*) AS make_ups, max(makeup_no) AS last_number FROM check_in
          JOIN member ON member.id = check_in.member_id AND member.merged_into_id IS NULL
         WHERE makeup_no IS NOT NULL GROUP BY member_id, month HAVING count(*) <> max(makeup_no)
        """,
    ),
}
