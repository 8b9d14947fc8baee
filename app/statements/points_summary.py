"""What a member has, in one look each. Leans on ix_points_lot_open and ix_points_hold_open: cost follows the open lots."""

from typing import Final

from sqlalchemy import text

# A hold past its time counts as given back, whether or not the tick has booked it.
_FREE = """
    WITH back AS (
        SELECT promised.lot_id, sum(promised.amount) AS amount
          FROM points_hold AS hold
          JOIN points_hold_lot AS promised ON promised.member_id = hold.member_id AND promised.hold_id = hold.id
         WHERE hold.member_id = :member_id AND hold.state = 'held' AND hold.expires_at <= :now
         GROUP BY promised.lot_id
    ), lot AS (
        SELECT points_lot.remaining - points_lot.held + coalesce(back.amount, 0) AS free, points_lot.expires_at,
               points_lot.available_at IS NULL OR points_lot.available_at <= :now AS is_available
          FROM points_lot LEFT JOIN back ON back.lot_id = points_lot.id
         WHERE points_lot.member_id = :member_id AND points_lot.remaining > 0
           AND (points_lot.expires_at IS NULL OR points_lot.expires_at > :now)
    )
"""

# While a member owes, only what a forgotten hold gives back is free at all: the debt takes it first.
SPENDABLE: Final = text(
    _FREE  # noqa: S608
    + """
    SELECT greatest(0, coalesce((SELECT sum(free) FROM lot WHERE is_available), 0) - account.points_owed)
      FROM member_account AS account WHERE account.member_id = :member_id
    """
)

SUMMARY: Final = text(
    _FREE  # noqa: S608
    + """
    , soonest AS (
        SELECT expires_at, sum(free) AS points FROM lot
         WHERE free > 0 AND expires_at IS NOT NULL GROUP BY expires_at ORDER BY expires_at LIMIT 1
    )
    SELECT greatest(0, coalesce((SELECT sum(free) FROM lot WHERE is_available), 0) - account.points_owed) AS spendable,
           coalesce((SELECT sum(free) FROM lot WHERE NOT is_available), 0) AS pending,
           coalesce((SELECT sum(amount) FROM points_hold
                      WHERE member_id = :member_id AND state = 'held' AND expires_at > :now), 0) AS held,
           greatest(0, account.points_owed - coalesce((SELECT sum(free) FROM lot), 0)) AS owed, soonest.expires_at, soonest.points
      FROM member_account AS account LEFT JOIN soonest ON true
     WHERE account.member_id = :member_id
    """
)
