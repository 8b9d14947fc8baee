"""What must hold of privileged changes and the audit's chain: name → (sentence, query returning the rows that break it)."""

from app.statements.audit_seals import GENESIS, ROW_HASH

CHECKS = {
    "I17_privileged_changes": (
        "Every bill undone and every merge has its audit row.",
        """
        SELECT 'checkout' AS kind, id FROM checkout
         WHERE reversed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM audit_entry
             WHERE (action = 'checkout.reverse' AND object_id = checkout.id)
                -- Before bills had rows of their own, the redemption was what was undone.
                OR (action = 'redemption.reverse'
                    AND object_id IN (SELECT redemption.id FROM redemption WHERE redemption.checkout_id = checkout.id)))
        UNION ALL
        SELECT 'member_merge', id FROM member_merge
         WHERE NOT EXISTS (SELECT FROM audit_entry WHERE action = 'member.merge' AND object_id IN (kept_id, merged_id))
        """,
    ),
    "I17_audit_rows": (
        "Every sealed audit row is there, to the letter as it was sealed.",
        f"""
        SELECT sealed.block_no, sealed.entry_id, CASE WHEN entry.id IS NULL THEN 'deleted' ELSE 'changed' END AS how
          FROM audit_seal_entry AS sealed LEFT JOIN audit_entry AS entry ON entry.id = sealed.entry_id
         WHERE entry.id IS NULL OR {ROW_HASH} <> sealed.hash
        """,  # noqa: S608  (constants)
    ),
    "I17_audit_chain": (
        "Blocks are numbered without gap, each follows the one before and holds the hash of its rows.",
        f"""
        SELECT block_no, CASE WHEN block_no <> prior_no + 1 THEN 'a block before it is missing'
                              WHEN previous_hash <> prior_hash THEN 'does not follow the block before'
                              ELSE 'its rows are not those it sealed' END AS how
          FROM (
            SELECT block.block_no, block.entries, block.previous_hash, block.hash, members.entries AS found, members.hashes,
                   lag(block.block_no, 1, 0::bigint) OVER w AS prior_no,
                   lag(block.hash, 1, {GENESIS}) OVER w AS prior_hash
              FROM audit_seal AS block
              LEFT JOIN (
                SELECT block_no, count(*) AS entries, string_agg(hash, ''::bytea ORDER BY entry_id) AS hashes
                  FROM audit_seal_entry GROUP BY block_no
              ) AS members USING (block_no)
            WINDOW w AS (ORDER BY block.block_no)
          ) AS chain
         WHERE block_no <> prior_no + 1 OR previous_hash <> prior_hash OR entries IS DISTINCT FROM found
            OR hash IS DISTINCT FROM sha256(previous_hash || hashes)
        UNION ALL
        SELECT block_no, 'the block is missing, its rows are there' FROM audit_seal_entry AS sealed
         WHERE NOT EXISTS (SELECT FROM audit_seal AS block WHERE block.block_no = sealed.block_no)
         GROUP BY block_no
        """,  # noqa: S608  (constants)
    ),
    # Measured by the sealer's own clock: a row recorded a day before the last seal was there to be sealed. That the sealer
    # works at all is the doctor's question.
    "I17_audit_sealed": (
        "No audit row waits for its seal longer than a day.",
        """
        SELECT entry.id AS entry_id, entry.recorded_at FROM audit_entry AS entry
         WHERE entry.recorded_at < (SELECT max(sealed_at) FROM audit_seal) - interval '1 day'
           AND NOT EXISTS (SELECT FROM audit_seal_entry AS sealed WHERE sealed.entry_id = entry.id)
        """,
    ),
}
