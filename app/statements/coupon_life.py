"""What time and merges do to coupons already given. Neither may break I7 (slots) or I4 (sources)."""

from sqlalchemy import text

# A moved copy takes the kept member's next free slots of its batch, its day and its family, none where the limit is full; one
# that had none gets none. A source both members had (two birthday gifts of one year) is renamed, so that the kept member's own
# still stops a third.
MOVE_ALL = text(
    """
    WITH moved AS (
        SELECT c.id, c.batch_id, c.family_id, c.issued_on, c.per_member_limit, c.per_day_limit, c.life_limit,
               row_number() OVER (PARTITION BY c.batch_id ORDER BY c.slot NULLS LAST, c.id) AS nth,
               row_number() OVER (PARTITION BY c.batch_id, c.issued_on ORDER BY c.day_slot NULLS LAST, c.id) AS day_nth,
               row_number() OVER (PARTITION BY c.family_id ORDER BY c.life_slot NULLS LAST, c.id) AS life_nth,
               EXISTS (SELECT FROM coupon k WHERE k.member_id = :kept AND k.source = c.source) AS source_taken
          FROM coupon c
         WHERE c.member_id = :merged
    ), free AS (
        SELECT b.batch_id, s AS slot, row_number() OVER (PARTITION BY b.batch_id ORDER BY s) AS nth
          FROM (SELECT DISTINCT batch_id, per_member_limit FROM moved) b
         CROSS JOIN generate_series(1, b.per_member_limit) s
         WHERE NOT EXISTS (SELECT FROM coupon k WHERE k.batch_id = b.batch_id AND k.member_id = :kept AND k.slot = s)
    ), free_day AS (
        SELECT b.batch_id, b.issued_on, s AS slot, row_number() OVER (PARTITION BY b.batch_id, b.issued_on ORDER BY s) AS nth
          FROM (SELECT DISTINCT batch_id, issued_on, per_day_limit FROM moved) b
         CROSS JOIN generate_series(1, b.per_day_limit) s
         WHERE NOT EXISTS (SELECT FROM coupon k WHERE k.batch_id = b.batch_id AND k.member_id = :kept
                                                 AND k.issued_on = b.issued_on AND k.day_slot = s)
    ), free_life AS (
        SELECT f.family_id, s AS slot, row_number() OVER (PARTITION BY f.family_id ORDER BY s) AS nth
          FROM (SELECT family_id, max(life_limit) AS life_limit FROM moved GROUP BY family_id) f
         CROSS JOIN generate_series(1, f.life_limit) s
         WHERE NOT EXISTS (SELECT FROM coupon k WHERE k.family_id = f.family_id AND k.member_id = :kept AND k.life_slot = s)
    )
    UPDATE coupon c
       SET member_id = :kept,
           slot = CASE WHEN c.slot IS NOT NULL THEN free.slot END,
           day_slot = CASE WHEN c.day_slot IS NOT NULL THEN free_day.slot END,
           -- Versions of one family may allow more and less.
           life_slot = CASE WHEN c.life_slot IS NOT NULL AND free_life.slot <= c.life_limit THEN free_life.slot END,
           source = CASE WHEN moved.source_taken THEN c.source || ':merged:' || :merged_name ELSE c.source END
      FROM moved
      LEFT JOIN free ON free.batch_id = moved.batch_id AND free.nth = moved.nth
      LEFT JOIN free_day ON free_day.batch_id = moved.batch_id AND free_day.issued_on = moved.issued_on
                        AND free_day.nth = moved.day_nth
      LEFT JOIN free_life ON free_life.family_id = moved.family_id AND free_life.nth = moved.life_nth
     WHERE c.member_id = :merged AND c.id = moved.id
    """
)

# Materialized, so that the limit is one however the rows are joined. What a bill being rung up was promised waits for that bill.
EXPIRE = text(
    """
    WITH due AS MATERIALIZED (
        SELECT member_id, id FROM coupon
         WHERE status = 'active' AND expires_at <= :now AND (held_until IS NULL OR held_until <= :now)
         ORDER BY expires_at LIMIT :limit
           FOR UPDATE SKIP LOCKED
    )
    UPDATE coupon c
       SET status = 'expired', held_visit_id = NULL, held_until = NULL
      FROM due
     WHERE c.member_id = due.member_id AND c.id = due.id
    """
)
