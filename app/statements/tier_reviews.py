"""The review of tiers whose time is over, and the notice before. Served by ix_member_account_review: cost follows the due."""

from typing import Final

from sqlalchemy import text

# Members somebody else works on wait for the next run.
DUE: Final = text(
    """
    SELECT member_id, tier_id, tier_valid_through FROM member_account
     WHERE tier_valid_through < :before
     ORDER BY tier_valid_through, member_id LIMIT :limit
       FOR NO KEY UPDATE SKIP LOCKED
    """
)

# Tiers about to end whose holders were not told of this very end.
ENDING: Final = text(
    """
    SELECT account.member_id, account.tier_id, account.tier_valid_through
      FROM member_account AS account
     WHERE account.tier_valid_through BETWEEN :first AND :last
       AND (account.tier_valid_through, account.member_id) > (:after_date, :after_id)
       AND NOT EXISTS (SELECT FROM member_event AS told
                        WHERE told.member_id = account.member_id AND told.kind = 'tier_will_drop'
                          AND told.occurrence = account.tier_valid_through::text)
     ORDER BY account.tier_valid_through, account.member_id LIMIT :limit
    """
)
