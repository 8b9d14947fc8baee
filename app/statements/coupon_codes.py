"""Unique codes: counted on the batch, made in chunks, taken once.

They lean on ck_coupon_batch_codes_within_stock, pk_coupon_code, uq_coupon_code_code_hash, ck_coupon_code_used_for_a_coupon and
tr_coupon_code_used_once.
"""

from typing import Final

from sqlalchemy import text

# The batch is the row on which makers and importers meet: its stock decides. No row: no room for so many.
RESERVE: Final = text(
    """
    UPDATE coupon_batch SET codes = codes + :wanted
     WHERE id = :batch_id AND how = 'code' AND status <> 'closed' AND codes + CAST(:wanted AS bigint) <= stock
    RETURNING id
    """
)

# What a cancelled run did not make is free for another.
CANCEL: Final = text(
    """
    WITH ended AS (
        UPDATE coupon_code_run SET state = 'cancelled', ended_at = :now
         WHERE public_id = :run AND state IN ('planned', 'running')
        RETURNING id, batch_id, wanted - made AS unmade
    ), freed AS (
        UPDATE coupon_batch b SET codes = b.codes - ended.unmade FROM ended WHERE b.id = ended.batch_id
    )
    SELECT id FROM ended
    """
)

# Two workers never make the same run: the second finds the row taken and looks for another.
NEXT_RUN: Final = text(
    """
    SELECT id, public_id, cursor, wanted - made AS unmade
      FROM coupon_code_run
     WHERE state IN ('planned', 'running') AND kind = 'create'
     ORDER BY id LIMIT 1
       FOR NO KEY UPDATE SKIP LOCKED
    """
)

# A code that exists already, drawn by chance or imported, is passed over; the run draws further serials for it.
MAKE: Final = text(
    """
    WITH made AS (
        INSERT INTO coupon_code (run_id, serial, code_hash)
        SELECT :run_id, drawn.serial, drawn.code_hash
          FROM unnest(CAST(:serials AS integer[]), CAST(:hashes AS bytea[])) AS drawn(serial, code_hash)
            ON CONFLICT (code_hash) DO NOTHING
        RETURNING 1
    )
    UPDATE coupon_code_run r
       SET made = r.made + n.n, cursor = :cursor,
           state = CASE WHEN r.made + n.n = r.wanted THEN 'done' ELSE 'running' END,
           ended_at = CASE WHEN r.made + n.n = r.wanted THEN CAST(:now AS timestamptz) END
      FROM (SELECT count(*)::integer AS n FROM made) n
     WHERE r.id = :run_id AND r.state IN ('planned', 'running')
    RETURNING n.n AS made
    """
)

# Which of these codes exist, and whether in this batch.
KNOWN: Final = text(
    """
    SELECT c.code_hash, r.batch_id = :batch_id AS is_ours
      FROM coupon_code c JOIN coupon_code_run r ON r.id = c.run_id
     WHERE c.code_hash = ANY(CAST(:hashes AS bytea[]))
    """
)

# A used code is as good as none. Of parallel tries the others wait here, look again, and find it used.
LOCK_UNUSED: Final = text(
    """
    SELECT c.run_id, c.serial, b.public_id AS batch
      FROM coupon_code c
      JOIN coupon_code_run r ON r.id = c.run_id
      JOIN coupon_batch b ON b.id = r.batch_id
     WHERE c.code_hash = :code_hash AND c.used_at IS NULL
       FOR NO KEY UPDATE OF c
    """
)
USE: Final = text(
    """
    UPDATE coupon_code SET used_at = :now, member_id = :member_id, coupon_id = :coupon_id
     WHERE run_id = :run_id AND serial = :serial AND used_at IS NULL
    RETURNING serial
    """
)
