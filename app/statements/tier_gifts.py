"""Gifts a tier owes its members; lean on pk_tier_gift: once per member, tier, kind and period."""

from typing import Final

from sqlalchemy import text

# The next members of a tier, by ix_member_account_tier_id_member_id; keys ascending, as every lock on accounts.
MONTHLY: Final = text(
    """
    WITH page AS (
        SELECT account.member_id, member.status FROM member_account AS account JOIN member ON member.id = account.member_id
         WHERE account.tier_id = :tier_id AND account.member_id > :after
         ORDER BY account.member_id LIMIT :limit
    ), added AS (
        INSERT INTO tier_gift (member_id, tier_id, kind, period, state, due_at)
        SELECT member_id, :tier_id, 'monthly_pack', CAST(:period AS text), 'due', CAST(:now AS timestamptz)
          FROM page WHERE status = 'active' ORDER BY member_id
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT max(member_id) AS last_id, (SELECT count(*) FROM added) AS added FROM page
    """
)

# One person, one gift: what either had counts for both, also when the kept one's was lost with the tier and would come due
# again with it.
MOVE: Final = text(
    """
    UPDATE tier_gift AS gift SET member_id = :kept
     WHERE gift.member_id = :merged AND NOT EXISTS
           (SELECT FROM tier_gift AS own WHERE own.member_id = :kept AND own.tier_id = gift.tier_id
               AND own.kind = gift.kind AND own.period = gift.period)
    """
)
GIVEN_BEFORE: Final = text(
    """
    UPDATE tier_gift AS own SET state = 'unavailable', reason = 'merged', ended_at = :now
     WHERE own.state = 'due' AND own.member_id = :merged
        OR (own.state = 'due' OR own.state = 'unavailable' AND own.reason = 'tier_lost')
           AND own.member_id = :kept AND EXISTS
           (SELECT FROM tier_gift AS gift
             WHERE gift.member_id IN (SELECT id FROM member WHERE id = :merged OR merged_into_id = :merged)
               AND gift.state = 'given' AND gift.tier_id = own.tier_id AND gift.kind = own.kind AND gift.period = own.period)
    """
)
