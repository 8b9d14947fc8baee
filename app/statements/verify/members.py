"""What must hold of members, identities and merges: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I15_merges": (
        "A merged member keeps nothing of value, no identity and no wish of their own.",
        """
        SELECT member.id, account.points_balance, account.points_owed, account.growth_value
          FROM member JOIN member_account AS account ON account.member_id = member.id
         WHERE member.status = 'merged'
           AND (account.points_balance <> 0 OR account.points_owed <> 0 OR account.growth_value <> 0
                OR EXISTS (SELECT FROM member_identity WHERE member_id = member.id)
                OR EXISTS (SELECT FROM coupon WHERE member_id = member.id)
                OR EXISTS (SELECT FROM message_preference WHERE member_id = member.id))
        """,
    ),
    "I15_accounts": (
        "Every member has an account, and at least one identity or a phone while active.",
        """
        SELECT member.id, member.status FROM member
         WHERE NOT EXISTS (SELECT FROM member_account WHERE member_id = member.id)
            OR (member.status = 'active' AND member.phone_index IS NULL
                AND NOT EXISTS (SELECT FROM member_identity WHERE member_id = member.id))
        """,
    ),
    "I15_erasures": (
        "Of an erased member, and of whoever was merged into them, nothing is left that says who it was.",
        """
        WITH gone AS (
            SELECT member.* FROM member LEFT JOIN member AS kept ON kept.id = member.merged_into_id
             WHERE 'erased' IN (member.status, kept.status)
        )
        SELECT gone.id FROM gone
         WHERE gone.nickname <> '' OR gone.birth_month IS NOT NULL OR gone.zone IS NOT NULL
            OR gone.phone_index IS NOT NULL OR octet_length(gone.code_secret_cipher) > 0
            OR EXISTS (SELECT FROM member_identity WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_session WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_contact WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_note WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_tag WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_figure WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM member_list_entry WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM message_preference WHERE member_id = gone.id)
            OR EXISTS (SELECT FROM delivery WHERE member_id = gone.id AND openid IS NOT NULL)
        UNION ALL
        SELECT member.id FROM member
         WHERE (member.status = 'erased')
            <> (EXISTS (SELECT FROM erasure_request WHERE member_id = member.id AND state = 'done')
                OR EXISTS (SELECT FROM member_import_line WHERE member_id = member.id AND state = 'undone'))
        UNION ALL
        SELECT request.member_id FROM erasure_request AS request JOIN member ON member.id = request.member_id
         WHERE request.state = 'waiting' AND member.status <> 'active'
        """,
    ),
}
