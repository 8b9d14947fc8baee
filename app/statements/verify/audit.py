"""What must hold of privileged changes: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I17_privileged_changes": (
        "Every reversal of a redemption and every merge has its audit row.",
        """
        SELECT 'redemption' AS kind, id FROM redemption
         WHERE reversed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM audit_entry WHERE action = 'redemption.reverse' AND object_id = redemption.id)
        UNION ALL
        SELECT 'member_merge', id FROM member_merge
         WHERE NOT EXISTS (SELECT FROM audit_entry WHERE action = 'member.merge' AND object_id IN (kept_id, merged_id))
        """,
    ),
}
