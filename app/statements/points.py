"""Booking points. Every statement runs under the member's account lock, so that `seq` has no gap and no twin.

They lean on: uq_points_entry_member_id_seq, uq_points_entry_member_id_source (one event, one entry),
ck_member_account_points_balance_not_negative, ck_points_lot_remaining_in_range, and the deferred in-balance triggers.
"""

from typing import Final

from sqlalchemy import text

# Machines of one shop disagree by less; a clock that lies further behind the member's last booking may not book.
CLOCK_TOLERANCE: Final = "interval '5 minutes'"

# One round trip: the look for a repeat, the running totals and the entry that explains them cannot part. The account's lock
# is already held, so the look sees whatever a twin committed. No row: the clock lies behind.
_BOOK = f"""
    WITH known AS (
        SELECT id, amount, balance_after FROM points_entry WHERE member_id = :member_id AND source = :source
    ), account AS (
        UPDATE member_account
           SET points_balance = points_balance + :delta, points_owed = points_owed + :owed_delta,
               points_seq = points_seq + 1, booked_at = greatest(booked_at, :now)
         WHERE member_id = :member_id AND NOT EXISTS (SELECT FROM known)
           AND (booked_at IS NULL OR booked_at <= CAST(:now AS timestamptz) + {CLOCK_TOLERANCE})
        RETURNING points_balance, points_owed, points_seq
    ), entry AS (
        INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source,
                                  rule_version_id, reverses_id, business_date, occurred_at, recorded_at)
        SELECT :member_id, points_seq, :kind, :from_account, :to_account, :amount, points_balance, points_owed, :source,
               CAST(:rule_version_id AS bigint), CAST(:reverses_id AS bigint), :business_date, :occurred_at, :now
          FROM account
        RETURNING id, balance_after, owed_after
    )
"""  # noqa: S608
_NEW_LOT = """
    , lot AS (
        INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, available_at, expires_at)
        SELECT :member_id, id, :amount, :amount, :occurred_at, CAST(:available_at AS timestamptz),
               CAST(:expires_at AS timestamptz)
          FROM entry
    )
"""
# Take from lots and remember which: the memory is what a reversal gives back.
_TAKE = """
    , wanted AS (
        SELECT t.lot_id, t.amount FROM entry, unnest(CAST(:lot_ids AS bigint[]), CAST(:amounts AS bigint[])) AS t(lot_id, amount)
    ), taken AS (
        UPDATE points_lot SET remaining = remaining - wanted.amount
          FROM wanted WHERE points_lot.member_id = :member_id AND points_lot.id = wanted.lot_id
        RETURNING points_lot.id AS lot_id, wanted.amount
    ), used AS (
        INSERT INTO points_lot_use (member_id, entry_id, lot_id, amount)
        SELECT :member_id, entry.id, taken.lot_id, taken.amount FROM taken, entry
    )
"""
_RECEIPT = """
    SELECT id, CAST(:amount AS bigint) AS amount, balance_after, owed_after, true AS is_new FROM entry
     UNION ALL SELECT id, amount, balance_after, 0, false FROM known
"""

BOOK = text(_BOOK + _RECEIPT)
BOOK_LOT = text(_BOOK + _NEW_LOT + _RECEIPT)
BOOK_TAKES = text(_BOOK + _TAKE + _RECEIPT)

# Points to spend at :now: expired ones are gone, whether or not the tick has booked it; held ones are promised.
OPEN_LOTS = text(
    """
    SELECT id, remaining - held AS free, expires_at FROM points_lot
     WHERE member_id = :member_id AND remaining > 0 AND remaining > held AND (expires_at IS NULL OR expires_at > :now)
       AND (available_at IS NULL OR available_at <= :now)
    """
)

# Points a debt or an undo may take: also those that cannot be spent yet, or no more.
FREE_LOTS = text(
    """
    SELECT id, remaining - held AS free, expires_at FROM points_lot
     WHERE member_id = :member_id AND remaining > 0 AND remaining > held
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

# Every lot an entry led to, also in the ledgers merges carried it to, and how much of each expiry took.
ROOT_LOTS = text(
    """
    SELECT lot.member_id, lot.id, coalesce(sum(use.amount) FILTER (WHERE taker.kind = 'expire'), 0) AS expired
      FROM points_lot AS lot
      LEFT JOIN points_lot_use AS use ON use.member_id = lot.member_id AND use.lot_id = lot.id
      LEFT JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
     WHERE (lot.member_id = :member_id AND lot.entry_id = :entry_id)
        OR (lot.root_member_id = :member_id AND lot.root_entry_id = :entry_id)
     GROUP BY lot.member_id, lot.id
    """
)

# What a merge carries over: each open lot as it is, with the entry that first earned it.
MOVE_LOTS = text(
    """
    INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, available_at, expires_at,
                            root_member_id, root_entry_id)
    SELECT :to_member_id, :entry_id, use.amount, use.amount, lot.earned_at, lot.available_at, lot.expires_at,
           coalesce(lot.root_member_id, lot.member_id), coalesce(lot.root_entry_id, lot.entry_id)
      FROM points_lot_use AS use
      JOIN points_lot AS lot ON lot.member_id = use.member_id AND lot.id = use.lot_id
     WHERE use.member_id = :from_member_id AND use.entry_id = :out_entry_id
     ORDER BY lot.id
    """
)

REMAINING_LOTS = text("SELECT id, remaining FROM points_lot WHERE member_id = :member_id AND remaining > 0")
