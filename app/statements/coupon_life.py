"""What time and merges do to coupons already given. Neither may break I7 (slots) or I4 (sources)."""

from sqlalchemy import text

# A moved copy takes the kept member's next free slot of its batch, none when the limit is full; a source both members had
# (two birthday gifts of one year) is renamed, so that the kept member's own still stops a third.
MOVE_ALL = text(
    """
    WITH moved AS (
        SELECT c.id, row_number() OVER (PARTITION BY c.batch_id ORDER BY c.slot NULLS LAST, c.id) AS nth, c.batch_id,
               EXISTS (SELECT FROM coupon k WHERE k.member_id = :kept AND k.source = c.source) AS source_taken
          FROM coupon c
         WHERE c.member_id = :merged
    ), free AS (
        SELECT b.id AS batch_id, s AS slot, row_number() OVER (PARTITION BY b.id ORDER BY s) AS nth
          FROM coupon_batch b
         CROSS JOIN generate_series(1, b.per_member_limit) s
         WHERE b.id IN (SELECT batch_id FROM moved)
           AND NOT EXISTS (SELECT FROM coupon k WHERE k.batch_id = b.id AND k.member_id = :kept AND k.slot = s)
    )
    UPDATE coupon c
       SET member_id = :kept, slot = free.slot,
           source = CASE WHEN moved.source_taken THEN c.source || ':merged:' || :merged_name ELSE c.source END
      FROM moved LEFT JOIN free ON free.batch_id = moved.batch_id AND free.nth = moved.nth
     WHERE c.member_id = :merged AND c.id = moved.id
    """
)

# Materialized, so that the limit is one however the rows are joined.
EXPIRE = text(
    """
    WITH due AS MATERIALIZED (
        SELECT member_id, id FROM coupon
         WHERE status = 'active' AND expires_at <= :now
         ORDER BY expires_at LIMIT :limit
           FOR UPDATE SKIP LOCKED
    )
    UPDATE coupon c
       SET status = 'expired'
      FROM due
     WHERE c.member_id = due.member_id AND c.id = due.id
    """
)
