"""The audit's hash chain in SQL: a row's canonical text, a block over the rows nobody sealed yet, and its head (I17).

block hash = sha256(previous block's hash || the rows' hashes in the order of their ids); leans on uq_audit_seal_previous_hash.
"""

from typing import Final

from sqlalchemy import text

# What the first block follows.
GENESIS: Final = "decode(repeat('00', 32), 'hex')"

# Every column, in a text that no session setting, dump or restore changes. A new column of audit_entry belongs at the end,
# told apart by the block that sealed it first: rows sealed before it keep the text they were sealed with.
COLUMNS: Final = {
    "id": "entry.id",
    "recorded_at": "to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "actor_kind": "entry.actor_kind",
    "actor_id": "entry.actor_id",
    "action": "entry.action",
    "object_kind": "entry.object_kind",
    "object_id": "entry.object_id",
    "store_id": "entry.store_id",
    "details": "entry.details",
    "request_id": "entry.request_id",
}
ROW_HASH: Final = f"sha256(convert_to(jsonb_build_array({', '.join(COLUMNS.values())})::text, 'UTF8'))"

# One sealer at a time; another one finds nothing to do, which is true enough.
TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtextextended('audit_seal', 0))")

# Membership rows say what is sealed: a transaction that commits late, with a low id, falls into the next block.
SEAL: Final = text(
    f"""
    WITH fresh AS (
        SELECT entry.id, {ROW_HASH} AS hash FROM audit_entry AS entry
         WHERE entry.id > :after_id
           AND NOT EXISTS (SELECT FROM audit_seal_entry AS sealed WHERE sealed.entry_id = entry.id)
         ORDER BY entry.id LIMIT :limit
    ), head AS (
        (SELECT block_no, hash FROM audit_seal ORDER BY block_no DESC LIMIT 1)
        UNION ALL
        (SELECT 0, {GENESIS} WHERE NOT EXISTS (SELECT FROM audit_seal))
    ), block AS (
        INSERT INTO audit_seal (block_no, entries, previous_hash, hash, sealed_at)
        SELECT head.block_no + 1, count(*), head.hash, sha256(head.hash || string_agg(fresh.hash, ''::bytea ORDER BY fresh.id)),
               :now
          FROM fresh CROSS JOIN head GROUP BY head.block_no, head.hash
        RETURNING block_no
    )
    INSERT INTO audit_seal_entry (entry_id, block_no, hash)
    SELECT fresh.id, block.block_no, fresh.hash FROM fresh CROSS JOIN block
    RETURNING entry_id
    """  # noqa: S608  (constants from above)
)

# The newest sealed id; what commits further behind it than the overlap waits for the night's full look.
NEWEST: Final = text("SELECT coalesce(max(entry_id), 0) FROM audit_seal_entry")
HEAD: Final = text(
    "SELECT block_no, encode(hash, 'hex') AS hash, sealed_at FROM audit_seal ORDER BY block_no DESC LIMIT 1"
)
# By the application's clock: a sealer that stands still is noticed here.
OLDEST_UNSEALED: Final = text(
    "SELECT min(recorded_at) FROM audit_entry AS entry"
    " WHERE NOT EXISTS (SELECT FROM audit_seal_entry AS sealed WHERE sealed.entry_id = entry.id)"
)
