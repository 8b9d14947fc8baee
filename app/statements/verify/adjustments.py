"""What must hold of corrections by hand: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I4_adjustments": (
        "A booked correction stands once in its ledger with its own amount; one that waits or was rejected stands nowhere.",
        """
        SELECT adjustment.id, adjustment.member_id, adjustment.ledger, adjustment.state, adjustment.amount,
               points.delta AS points, growth.delta AS growth
          FROM adjustment
          LEFT JOIN points_entry AS points
            ON points.member_id = adjustment.member_id AND points.source = 'adjustment:' || adjustment.id
          LEFT JOIN growth_entry AS growth
            ON growth.member_id = adjustment.member_id AND growth.source = 'adjustment:' || adjustment.id
         WHERE points.delta IS DISTINCT FROM
               CASE WHEN adjustment.state = 'booked' AND adjustment.ledger = 'points' THEN adjustment.amount END
            OR growth.delta IS DISTINCT FROM
               CASE WHEN adjustment.state = 'booked' AND adjustment.ledger = 'growth' THEN adjustment.amount END
        """,
    ),
    "I17_adjustments": (
        "Every correction has the audit row of its request, every decided one that of its decision, and no other.",
        """
        SELECT adjustment.id, adjustment.state, array_agg(entry.action ORDER BY entry.id) AS audited
          FROM adjustment
          LEFT JOIN audit_entry AS entry ON entry.object_kind = 'adjustment' AND entry.object_id = adjustment.id
         GROUP BY adjustment.id, adjustment.state, adjustment.needs_approval
        HAVING array_agg(entry.action ORDER BY entry.id) IS DISTINCT FROM CASE
               WHEN NOT adjustment.needs_approval OR adjustment.state = 'waiting' THEN ARRAY['adjustment.request']
               WHEN adjustment.state = 'booked' THEN ARRAY['adjustment.request', 'adjustment.approve']
               ELSE ARRAY['adjustment.request', 'adjustment.reject'] END
        """,
    ),
}
