"""The ledger of one-time permissions: lock the grant, then write the entry and move the remainder in one statement.

Leans on uq_subscription_grant_entry_member_id_message_template__bf82 (a repeat of a source adds nothing),
uq_subscription_grant_entry_matches_id (one tap, one pair of witnesses) and ck_subscription_grant_remaining_not_negative
(I11). Two statements, not one: what a concurrent witness wrote while this one waited for the lock must be seen."""

from typing import Final

from sqlalchemy import text

LOCK: Final = text(
    """
SELECT remaining FROM subscription_grant
WHERE member_id = :member_id AND message_template_id = :template_id
FOR UPDATE
"""
)

OPEN: Final = text(
    """
INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)
VALUES (:member_id, :template_id, 0, :now)
ON CONFLICT (member_id, message_template_id) DO NOTHING
"""
)

# `:most`: at this remainder nothing is added. The twin is the oldest accept the other witness told of alone; served by
# ix_subscription_grant_entry_recent.
ACCEPT: Final = text(
    """
WITH twin AS (
    SELECT e.id FROM subscription_grant_entry e
    WHERE e.member_id = :member_id AND e.message_template_id = :template_id AND e.recorded_at >= :since
      AND e.kind = :other AND e.delta = 1
      AND NOT EXISTS (SELECT FROM subscription_grant_entry second WHERE second.matches_id = e.id)
    ORDER BY e.recorded_at, e.id LIMIT 1
), noted AS (
    INSERT INTO subscription_grant_entry
        (member_id, message_template_id, kind, delta, source, matches_id, recorded_at)
    SELECT g.member_id, g.message_template_id, :kind,
           CASE WHEN EXISTS (SELECT FROM twin) OR g.remaining >= CAST(:most AS integer) THEN 0 ELSE 1 END,
           :source, (SELECT id FROM twin), :now
    FROM subscription_grant g WHERE g.member_id = :member_id AND g.message_template_id = :template_id
    ON CONFLICT (member_id, message_template_id, source) DO NOTHING
    RETURNING delta
)
UPDATE subscription_grant SET remaining = remaining + noted.delta, updated_at = :now
FROM noted
WHERE member_id = :member_id AND message_template_id = :template_id AND noted.delta <> 0
RETURNING remaining
"""
)

# `:delta` NULL: all there is goes.
BOOK: Final = text(
    """
WITH noted AS (
    INSERT INTO subscription_grant_entry (member_id, message_template_id, kind, delta, source, recorded_at)
    SELECT g.member_id, g.message_template_id, :kind, coalesce(CAST(:delta AS integer), -g.remaining), :source, :now
    FROM subscription_grant g WHERE g.member_id = :member_id AND g.message_template_id = :template_id
    ON CONFLICT (member_id, message_template_id, source) DO NOTHING
    RETURNING delta
)
UPDATE subscription_grant SET remaining = remaining + noted.delta, updated_at = :now
FROM noted
WHERE member_id = :member_id AND message_template_id = :template_id AND noted.delta <> 0
RETURNING remaining
"""
)
