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
}
