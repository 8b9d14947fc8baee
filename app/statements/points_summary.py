"""What a member has, in one look each. Leans on ix_points_lot_open and ix_points_hold_open: cost follows the open lots."""

from typing import Final

from sqlalchemy import text

# A hold past its time counts as given back, whether or not the tick has booked it. A debt takes it first, in the order in which
# the holds ended and from the soonest-expiring lot; who owes has nothing else to take.
_FREE = """
    WITH forgotten AS (
        SELECT promised.lot_id, promised.amount, account.points_owed AS owed,
               sum(promised.amount) OVER (ORDER BY hold.expires_at, hold.id, points_lot.expires_at, points_lot.id) AS so_far
          FROM points_hold AS hold
          JOIN points_hold_lot AS promised ON promised.member_id = hold.member_id AND promised.hold_id = hold.id
          JOIN points_lot ON points_lot.member_id = promised.member_id AND points_lot.id = promised.lot_id
          JOIN member_account AS account ON account.member_id = hold.member_id
         WHERE hold.member_id = :member_id AND hold.state = 'held' AND hold.expires_at <= :now
    ), back AS (
        SELECT lot_id, sum(least(amount, greatest(0, so_far - owed))) AS amount FROM forgotten GROUP BY lot_id
    ), lot AS (
        SELECT points_lot.remaining - points_lot.held + coalesce(back.amount, 0) AS free, points_lot.expires_at,
               points_lot.available_at IS NULL OR points_lot.available_at <= :now AS is_available
          FROM points_lot LEFT JOIN back ON back.lot_id = points_lot.id
         WHERE points_lot.member_id = :member_id AND points_lot.remaining > 0
           AND (points_lot.expires_at IS NULL OR points_lot.expires_at > :now)
    )
"""

SPENDABLE: Final = text(_FREE + "SELECT coalesce(sum(free), 0) AS points FROM lot WHERE is_available")  # noqa: S608

SUMMARY: Final = text(
    _FREE  # noqa: S608
    + """
    , soonest AS (
        SELECT expires_at, sum(free) AS points FROM lot
         WHERE free > 0 AND expires_at IS NOT NULL GROUP BY expires_at ORDER BY expires_at LIMIT 1
    )
    SELECT coalesce((SELECT sum(free) FROM lot WHERE is_available), 0) AS spendable,
           coalesce((SELECT sum(free) FROM lot WHERE NOT is_available), 0) AS pending,
           coalesce((SELECT sum(amount) FROM points_hold
                      WHERE member_id = :member_id AND state = 'held' AND expires_at > :now), 0) AS held,
           greatest(0, account.points_owed - coalesce((SELECT sum(amount) FROM forgotten), 0)) AS owed,
           soonest.expires_at, soonest.points
      FROM member_account AS account LEFT JOIN soonest ON true
     WHERE account.member_id = :member_id
    """
)
