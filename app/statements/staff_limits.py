"""What a person of the counter has used of a day's limits. The upsert's WHERE is the limit, `ck_staff_counter_used_within_cap`
its witness; a changed limit acts on the next use."""

from typing import Final

from sqlalchemy import text

# All or nothing: the caller compares what came back with what it asked for. Rows in one order: two cannot block each other.
TAKE: Final = text(
    """
    INSERT INTO staff_counter (staff_id, business_date, kind, used, cap)
    SELECT :staff_id, :on, one.kind, one.amount, one.cap
      FROM unnest(CAST(:kinds AS text[]), CAST(:amounts AS bigint[]), CAST(:caps AS bigint[])) AS one (kind, amount, cap)
     WHERE one.amount <= one.cap
     ORDER BY one.kind
    ON CONFLICT (staff_id, business_date, kind) DO UPDATE
       SET used = staff_counter.used + excluded.used, cap = excluded.cap
     WHERE staff_counter.used + excluded.used <= excluded.cap
    RETURNING kind
    """
)

# An undo on a later day gives back to the day of the use.
GIVE_BACK: Final = text(
    """
    UPDATE staff_counter c SET used = c.used - one.amount
      FROM (SELECT s.staff_id, s.business_date, s.kind, w.amount
              FROM unnest(CAST(:kinds AS text[]), CAST(:amounts AS bigint[])) AS w (kind, amount)
              JOIN staff_counter s ON s.staff_id = :staff_id AND s.business_date = :on AND s.kind = w.kind
             ORDER BY s.kind FOR UPDATE OF s) AS one
     WHERE c.staff_id = one.staff_id AND c.business_date = one.business_date AND c.kind = one.kind AND c.used >= one.amount
    """
)
