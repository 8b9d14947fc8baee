"""Booking points. Every statement runs under the member's account lock, so that `seq` has no gap and no twin.

They lean on: uq_points_entry_member_id_seq, uq_points_entry_member_id_source (one event, one entry),
ck_member_account_points_balance_not_negative, ck_points_lot_remaining_in_range, and the deferred in-balance triggers.
"""

from sqlalchemy import text

# One round trip: running totals and the entry that explains them cannot part.
BOOK = text(
    """
    WITH account AS (
        UPDATE member_account
           SET points_balance = points_balance + :delta, points_owed = points_owed + :owed_delta,
               points_seq = points_seq + 1
         WHERE member_id = :member_id
        RETURNING points_balance, points_owed, points_seq
    )
    INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after,
                              source, reverses_id, business_date, occurred_at, recorded_at)
    SELECT :member_id, points_seq, :kind, :from_account, :to_account, :amount, points_balance, points_owed,
           :source, CAST(:reverses_id AS bigint), :business_date, :now, :now
      FROM account
    RETURNING id, balance_after
    """
)

ADD_LOT = text(
    """
    INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at)
    VALUES (:member_id, :entry_id, :amount, :amount, :earned_at, CAST(:expires_at AS timestamptz))
    """
)

OPEN_LOTS = text(
    """
    SELECT id, remaining, expires_at FROM points_lot
     WHERE member_id = :member_id AND remaining > 0 AND (expires_at IS NULL OR expires_at > :now)
    """
)

# Take from lots and remember which: the memory is what a reversal gives back.
TAKE = text(
    """
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:lot_ids AS bigint[]), CAST(:amounts AS bigint[])) AS t(lot_id, amount)
    ), taken AS (
        UPDATE points_lot SET remaining = remaining - wanted.amount
          FROM wanted WHERE points_lot.member_id = :member_id AND points_lot.id = wanted.lot_id
        RETURNING points_lot.id AS lot_id, wanted.amount
    )
    INSERT INTO points_lot_use (member_id, entry_id, lot_id, amount)
    SELECT :member_id, :entry_id, lot_id, amount FROM taken
    """
)

GIVE_BACK = text(
    """
    UPDATE points_lot SET remaining = remaining + use.amount
      FROM points_lot_use AS use
     WHERE use.member_id = :member_id AND use.entry_id = :entry_id
       AND points_lot.member_id = use.member_id AND points_lot.id = use.lot_id
    """
)

# Lots of the original entry, and how much of them expiry already took: that part is not asked for again.
ORIGINAL_LOTS = text(
    """
    SELECT lot.id, coalesce(sum(use.amount) FILTER (WHERE taker.kind = 'expire'), 0) AS expired
      FROM points_lot AS lot
      LEFT JOIN points_lot_use AS use ON use.member_id = lot.member_id AND use.lot_id = lot.id
      LEFT JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
     WHERE lot.member_id = :member_id AND lot.entry_id = :entry_id
     GROUP BY lot.id
    """
)

SPENDABLE = text(
    """
    SELECT coalesce(sum(remaining), 0) FROM points_lot
     WHERE member_id = :member_id AND remaining > 0 AND (expires_at IS NULL OR expires_at > :now)
    """
)
