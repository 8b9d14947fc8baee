"""A new ladder over all members: what it would do, and doing it in chunks along pk_member_account."""

from typing import Final

from sqlalchemy import text

# The rule of rules/tier_review.moved_to, over everybody at once. Thresholds stand in the order of the ranks, so the
# bucket a growth value falls into is its rank; one row per cell of the matrix, and a few members who would move.
SIMULATE: Final = text(
    """
    WITH growth AS (
        SELECT member_id, sum(delta)::bigint AS amount FROM growth_entry
         WHERE NOT :for_life AND counts_on BETWEEN :first AND :today
         GROUP BY member_id
    ), qualified AS (
        SELECT account.member_id, held.rank AS from_rank,
               CASE WHEN :for_life THEN account.growth_value ELSE coalesce(growth.amount, 0) END AS amount
          FROM member_account AS account
          JOIN member ON member.id = account.member_id AND member.status = 'active'
          JOIN tier AS held ON held.id = account.tier_id
          LEFT JOIN growth ON growth.member_id = account.member_id
    ), ranked AS (
        SELECT *, width_bucket(greatest(amount, 0), CAST(:thresholds AS bigint[])) - 1 AS rank FROM qualified
    ), moved AS MATERIALIZED (
        SELECT member_id, from_rank, amount,
               CASE WHEN :for_life OR rank >= from_rank OR :downgrade = 'balance_based' THEN rank
                    WHEN :downgrade = 'keep' THEN from_rank
                    ELSE greatest(from_rank - 1, rank) END AS to_rank
          FROM ranked
    )
    SELECT from_rank, to_rank, count(*) AS members, NULL::uuid AS public_id, NULL::text AS nickname, NULL::bigint AS growth
      FROM moved GROUP BY from_rank, to_rank
    UNION ALL
    (SELECT from_rank, to_rank, NULL, member.public_id, member.nickname, amount
       FROM moved JOIN member ON member.id = moved.member_id
      WHERE from_rank <> to_rank ORDER BY member.id LIMIT :samples)
    """
)

NEXT_ACCOUNTS: Final = text(
    """
    SELECT member_id, tier_id, tier_valid_through, growth_value FROM member_account
     WHERE member_id > :after ORDER BY member_id LIMIT :limit FOR NO KEY UPDATE
    """
)
