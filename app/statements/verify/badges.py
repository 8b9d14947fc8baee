"""What must hold of badges: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I12_badge_told": (
        "Every badge a member wears was awarded by an event: the member's, or of one merged into them.",
        """
        SELECT had.member_id, badge.code FROM member_badge AS had JOIN badge ON badge.id = had.badge_id
          JOIN member ON member.id = had.member_id
         WHERE member.status <> 'merged' AND NOT EXISTS (
            SELECT FROM member_event AS event
             WHERE event.kind = 'badge_awarded' AND event.occurrence = badge.code
               AND (event.member_id = had.member_id
                    OR event.member_id IN (SELECT id FROM member WHERE merged_into_id = had.member_id)))
        """,
    ),
}
