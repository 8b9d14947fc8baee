"""Promising points and giving them back, under the member's account lock.

They lean on uq_points_hold_member_id_source, ck_points_lot_held_in_range, ck_member_account_points_held_in_balance, the trigger
that ends a hold once and the deferred one that compares holds with lots.
"""

from typing import Final

from sqlalchemy import text

from app.statements.points import CLOCK_TOLERANCE

# No row: the clock lies behind.
HOLD: Final = text(
    f"""
    WITH account AS (
        UPDATE member_account SET points_held = points_held + :amount, booked_at = greatest(booked_at, :now)
         WHERE member_id = :member_id
           AND (booked_at IS NULL OR booked_at <= CAST(:now AS timestamptz) + {CLOCK_TOLERANCE})
        RETURNING member_id
    ), hold AS (
        INSERT INTO points_hold (member_id, public_id, amount, source, state, created_at, expires_at)
        SELECT member_id, :public_id, :amount, :source, 'held', :now, :expires_at FROM account
        RETURNING member_id, id
    ), chosen AS (
        SELECT hold.member_id, hold.id, t.lot_id, t.amount
          FROM hold, unnest(CAST(:lot_ids AS bigint[]), CAST(:amounts AS bigint[])) AS t(lot_id, amount)
    ), marked AS (
        UPDATE points_lot SET held = held + chosen.amount
          FROM chosen WHERE points_lot.member_id = chosen.member_id AND points_lot.id = chosen.lot_id
    )
    INSERT INTO points_hold_lot (member_id, hold_id, lot_id, amount)
    SELECT member_id, id, lot_id, amount FROM chosen
    """  # noqa: S608
)

# What the named holds had promised is free again; their state follows in END.
FREE: Final = text(
    """
    WITH ended AS (
        SELECT lot.lot_id, sum(lot.amount) AS amount
          FROM points_hold_lot AS lot JOIN points_hold AS hold ON hold.member_id = lot.member_id AND hold.id = lot.hold_id
         WHERE hold.member_id = :member_id AND hold.id = ANY(:hold_ids) AND hold.state = 'held'
         GROUP BY lot.lot_id
    ), freed AS (
        UPDATE points_lot SET held = held - ended.amount
          FROM ended WHERE points_lot.member_id = :member_id AND points_lot.id = ended.lot_id
    )
    UPDATE member_account
       SET points_held = points_held - (SELECT coalesce(sum(amount), 0) FROM ended),
           booked_at = greatest(booked_at, :now)
     WHERE member_id = :member_id
    RETURNING points_owed
    """
)

# A hold that ran out ended then, whenever it was noticed: late or early, the row is the same.
END: Final = text(
    """
    UPDATE points_hold
       SET state = CASE WHEN CAST(:entry_id AS bigint) IS NOT NULL THEN 'captured'
                        WHEN expires_at <= :now THEN 'expired' ELSE 'released' END,
           ended_at = least(CAST(:now AS timestamptz), expires_at), entry_id = CAST(:entry_id AS bigint)
     WHERE member_id = :member_id AND id = ANY(:hold_ids) AND state = 'held'
    """
)

# The lots a hold has promised, to be taken as any others: soonest-expiring first, whether or not they ran out meanwhile.
LOTS: Final = text(
    """
    SELECT lot.id, promised.amount AS free, lot.expires_at
      FROM points_hold_lot AS promised
      JOIN points_lot AS lot ON lot.member_id = promised.member_id AND lot.id = promised.lot_id
     WHERE promised.member_id = :member_id AND promised.hold_id = :hold_id
    """
)

# Cost follows the holds that ran out (ix_points_hold_due); accounts somebody else holds wait for the next call.
DUE_MEMBERS: Final = text(
    f"""
    SELECT account.member_id FROM member_account AS account
     WHERE account.member_id IN (
        SELECT member_id FROM (
            SELECT member_id FROM points_hold
             WHERE state = 'held' AND expires_at <= :now
             ORDER BY expires_at, member_id LIMIT :limit
        ) AS due
     )
       AND (booked_at IS NULL OR booked_at <= CAST(:now AS timestamptz) + {CLOCK_TOLERANCE})
     ORDER BY account.member_id
     FOR UPDATE SKIP LOCKED
    """  # noqa: S608
)
