"""Expiry of due lots as one statement over many members; leans on the account locks taken just before it.

Cost follows the due lots (ix_points_lot_due). What a hold has promised stays until the hold ends. A lot that was given points
back after expiring expires again: the entry's source carries the sequence number, and `remaining > held` is what makes a
second run find nothing.
"""

from sqlalchemy import text

from app.statements.points import CLOCK_TOLERANCE

DUE_MEMBERS = text(
    f"""
    SELECT account.member_id FROM member_account AS account
     WHERE account.member_id IN (
        SELECT DISTINCT member_id FROM (
            SELECT member_id FROM points_lot
             WHERE remaining > 0 AND remaining > held AND expires_at IS NOT NULL AND expires_at <= :now
             ORDER BY expires_at LIMIT :limit
        ) AS due
     )
       AND (booked_at IS NULL OR booked_at <= CAST(:now AS timestamptz) + {CLOCK_TOLERANCE})
     ORDER BY account.member_id
     FOR UPDATE SKIP LOCKED
    """  # noqa: S608
)

EXPIRE = text(
    """
    WITH due AS (
        SELECT lot.member_id, lot.id AS lot_id, lot.remaining - lot.held AS gone,
               row_number() OVER mine AS nth, sum(lot.remaining - lot.held) OVER mine AS so_far
          FROM points_lot AS lot
         WHERE lot.member_id = ANY(:member_ids) AND lot.remaining > 0 AND lot.remaining > lot.held
           AND lot.expires_at IS NOT NULL AND lot.expires_at <= :now
        WINDOW mine AS (PARTITION BY lot.member_id ORDER BY lot.expires_at, lot.id)
    ), totals AS (
        SELECT member_id, max(so_far) AS gone, max(nth) AS entries FROM due GROUP BY member_id
    ), account AS (
        UPDATE member_account
           SET points_balance = points_balance - totals.gone, points_seq = points_seq + totals.entries,
               booked_at = greatest(booked_at, :now)
          FROM totals WHERE member_account.member_id = totals.member_id
        RETURNING member_account.member_id, points_balance + totals.gone AS balance_before, points_owed,
                  points_seq - totals.entries AS seq_before
    ), entry AS (
        INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after,
                                  source, business_date, occurred_at, recorded_at)
        SELECT due.member_id, seq_before + nth, 'expire', 'member', 'expire', due.gone,
               balance_before - so_far, points_owed, 'expire:' || lot_id || ':' || (seq_before + nth),
               :business_date, :now, :now
          FROM due JOIN account USING (member_id)
        RETURNING member_id, id, seq
    ), emptied AS (
        UPDATE points_lot SET remaining = remaining - due.gone
          FROM due WHERE points_lot.member_id = due.member_id AND points_lot.id = due.lot_id
    )
    INSERT INTO points_lot_use (member_id, entry_id, lot_id, amount)
    SELECT due.member_id, entry.id, due.lot_id, due.gone
      FROM due JOIN account USING (member_id)
      JOIN entry ON entry.member_id = due.member_id AND entry.seq = account.seq_before + due.nth
    """
)
