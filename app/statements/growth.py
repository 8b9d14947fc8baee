"""Growth under the member's account lock; leans on uq_growth_entry_member_id_source, uq_growth_entry_member_id_seq and the
balance trigger."""

from typing import Final

from sqlalchemy import text

# No row: the clock of this machine lies before what is booked already (five minutes are forgiven).
BOOK: Final = text(
    """
    WITH account AS (
        UPDATE member_account
           SET growth_value = growth_value + :delta, growth_seq = growth_seq + 1, booked_at = greatest(booked_at, :now)
         WHERE member_id = :member_id AND (booked_at IS NULL OR booked_at - interval '5 minutes' <= :now)
        RETURNING growth_value, growth_seq
    )
    INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, reverses_id,
                              business_date, counts_on, occurred_at, recorded_at)
    SELECT :member_id, growth_seq, :kind, :delta, growth_value, :source, CAST(:rule_version_id AS bigint),
           CAST(:reverses_id AS bigint), :business_date, CAST(:counts_on AS date), :occurred_at, :now
      FROM account
    RETURNING id, growth_after
    """
)

# All growth of one member to another, each date's for itself. What was taken by hand leaves first and comes in last,
# so that no running value is below nothing on the way.
MOVE_ALL: Final = text(
    """
    WITH days AS (
        SELECT counts_on, sum(delta)::bigint AS amount FROM growth_entry WHERE member_id = :giver
         GROUP BY counts_on HAVING sum(delta) <> 0
    ), totals AS (
        SELECT count(*) AS entries, sum(amount)::bigint AS amount FROM days
    ), gave AS (
        UPDATE member_account SET growth_value = growth_value - totals.amount, growth_seq = growth_seq + totals.entries,
               booked_at = greatest(booked_at, :now)
          FROM totals WHERE member_id = :giver AND totals.entries > 0
        RETURNING growth_value + totals.amount AS before, growth_seq - totals.entries AS seq
    ), took AS (
        UPDATE member_account SET growth_value = growth_value + totals.amount, growth_seq = growth_seq + totals.entries,
               booked_at = greatest(booked_at, :now)
          FROM totals WHERE member_id = :taker AND totals.entries > 0
        RETURNING growth_value - totals.amount AS before, growth_seq - totals.entries AS seq
    ), legs AS (
        SELECT CAST(:giver AS bigint) AS member_id, gave.seq + row_number() OVER w AS seq, -amount AS delta,
               gave.before - sum(amount) OVER w AS after, CAST(:source AS text) || ':out:' || counts_on AS source, counts_on
          FROM days CROSS JOIN gave WINDOW w AS (ORDER BY amount, counts_on ROWS UNBOUNDED PRECEDING)
        UNION ALL
        SELECT CAST(:taker AS bigint), took.seq + row_number() OVER w, amount,
               took.before + sum(amount) OVER w, CAST(:source AS text) || ':in:' || counts_on, counts_on
          FROM days CROSS JOIN took WINDOW w AS (ORDER BY amount DESC, counts_on ROWS UNBOUNDED PRECEDING)
    ), booked AS (
        INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, business_date, counts_on,
                                  occurred_at, recorded_at)
        SELECT member_id, seq, 'merge', delta, after, source, CAST(:business_date AS date), counts_on,
               CAST(:now AS timestamptz), CAST(:now AS timestamptz)
          FROM legs
    )
    SELECT coalesce(amount, 0) FROM totals
    """
)

# Served by ix_growth_entry_counts_on alone.
SUM: Final = text(
    """
    SELECT coalesce(sum(delta), 0) FROM growth_entry
     WHERE member_id = :member_id AND counts_on BETWEEN :first AND :last
    """
)

DAYS: Final = text(
    """
    SELECT member_id, counts_on, sum(delta)::bigint AS amount FROM growth_entry
     WHERE member_id = ANY (CAST(:member_ids AS bigint[])) AND counts_on >= :first
     GROUP BY member_id, counts_on
    """
)

# The entry a source booked, here or with a member merged into this one, and how much of it is taken back.
ORIGINAL: Final = text(
    """
    SELECT entry.member_id, entry.id, entry.delta, entry.counts_on, entry.occurred_at, entry.rule_version_id,
           coalesce((SELECT -sum(back.delta) FROM growth_entry AS back
                      WHERE back.member_id = entry.member_id AND back.reverses_id = entry.id), 0)::bigint AS taken_back
      FROM growth_entry AS entry
     WHERE entry.source = :source AND entry.kind IN ('earn', 'adjust')
       AND entry.member_id IN (SELECT id FROM member WHERE id = :member_id OR merged_into_id = :member_id)
     ORDER BY entry.member_id LIMIT 1
    """
)
