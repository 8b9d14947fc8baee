"""What must hold of purchases and what they earned: name → (sentence, query returning the rows that break it)."""

# Not booked for the member who has the earning, nor for anybody merged into the same person: entries stay where they were
# booked, and so does what somebody merged away got that the other had got as well. Each look is a join over the whole ledger.
_NOT_BOOKED = """
    NOT EXISTS (SELECT FROM {ledger} AS entry WHERE entry.member_id = earning.member_id AND {so})
    AND NOT EXISTS (SELECT FROM member AS holder
                      JOIN member AS merged ON merged.merged_into_id = coalesce(holder.merged_into_id, holder.id)
                      JOIN {ledger} AS entry ON entry.member_id = merged.id
                     WHERE holder.id = earning.member_id AND {so})"""
_SO = (
    "rule.ledger = '{ledger}' AND entry.source = earning.source || ':' || rule.code AND entry.kind = 'earn'"
    " AND entry.rule_version_id = earning.rule_version_id AND entry.{amount} = earning.amount"
)
_NOT_IN_POINTS = _NOT_BOOKED.format(ledger="points_entry", so=_SO.format(ledger="points", amount="amount"))
_NOT_IN_GROWTH = _NOT_BOOKED.format(ledger="growth_entry", so=_SO.format(ledger="growth", amount="delta"))

CHECKS = {
    "I4_one_event_one_entry": (
        "A rule is credited for a purchase at most once, over all members and both ledgers.",
        """
        SELECT 'earning' AS found_in, source || ':' || rule_id AS source, count(*) AS entries FROM earning
         WHERE source LIKE 'purchase:%' GROUP BY source, rule_id HAVING count(*) > 1
        UNION ALL
        SELECT 'points', source, count(*) FROM points_entry
         WHERE kind = 'earn' AND source LIKE 'purchase:%' GROUP BY source HAVING count(*) > 1
        UNION ALL
        SELECT 'growth', source, count(*) FROM growth_entry
         WHERE kind = 'earn' AND source LIKE 'purchase:%' GROUP BY source HAVING count(*) > 1
        """,
    ),
    "I4_earnings_booked": (
        "What a rule paid stands in its ledger, for the same person, and names the version.",
        f"""
        SELECT earning.member_id, earning.id, earning.source, rule.code, earning.amount
          FROM earning JOIN earning_rule AS rule ON rule.id = earning.rule_id
         WHERE {_NOT_IN_POINTS} AND {_NOT_IN_GROWTH}
        """,  # noqa: S608
    ),
    "I4_entries_explained": (
        "Every ledger entry that names a rule version has the earning that explains it.",
        """
        SELECT entry.member_id, entry.id, entry.source
          FROM (SELECT member_id, id, source, rule_version_id FROM points_entry WHERE kind = 'earn'
                 UNION ALL
                SELECT member_id, id, source, rule_version_id FROM growth_entry WHERE kind = 'earn') AS entry
          JOIN earning_rule_version AS version ON version.id = entry.rule_version_id
          JOIN earning_rule AS rule ON rule.id = version.rule_id
          JOIN member ON member.id = entry.member_id
         WHERE NOT EXISTS (
            SELECT FROM earning
             WHERE earning.member_id IN (entry.member_id, member.merged_into_id) AND earning.rule_id = rule.id
               AND earning.source || ':' || rule.code = entry.source)
        """,
    ),
    "I4_earnings_of_purchases": (
        "What a purchase earned belongs to its member; a waiting bill has earned nothing.",
        """
        SELECT purchase.id, purchase.status, purchase.member_id, earning.member_id AS paid_to
          FROM earning JOIN purchase ON earning.source = 'purchase:' || purchase.id
         WHERE earning.member_id IS DISTINCT FROM purchase.member_id
        """,
    ),
    "I13_refunds": (
        "What was taken back of an earning is the share its purchase's refunds demand, all of it once all is given back.",
        """
        SELECT id, status, earning_id, amount, taken_back, demanded FROM (
            SELECT purchase.id, purchase.status, earning.id AS earning_id, earning.amount, earning.taken_back,
                   CASE WHEN purchase.status IN ('refunded', 'voided') THEN earning.amount
                        WHEN purchase.refunded_fen = 0 THEN 0
                        ELSE earning.amount - floor(
                            earning.amount::numeric * (bill_fen - discount_fen - refunded_fen) / (bill_fen - discount_fen))
                    END AS demanded
              FROM purchase JOIN earning ON earning.source = 'purchase:' || purchase.id
        ) AS share
         WHERE taken_back <> demanded
        """,
    ),
    "I13_refunds_booked": (
        "What was taken back of an earning has its reversals in the ledger, unless it had expired.",
        """
        SELECT entry.member_id, entry.id, earning.taken_back, coalesce(undo.amount, 0) AS reversed
          FROM earning JOIN earning_rule AS rule ON rule.id = earning.rule_id AND rule.ledger = 'points'
          JOIN points_entry AS entry ON entry.source = earning.source || ':' || rule.code
           AND (entry.member_id = earning.member_id
                OR entry.member_id IN (SELECT id FROM member WHERE merged_into_id = earning.member_id))
          LEFT JOIN LATERAL (
              SELECT sum(amount) AS amount FROM points_entry AS reversal
               WHERE reversal.member_id = entry.member_id AND reversal.reverses_id = entry.id) AS undo ON true
          LEFT JOIN LATERAL (
              SELECT sum(use.amount) AS amount FROM (
                  SELECT member_id, id FROM points_lot WHERE member_id = entry.member_id AND entry_id = entry.id
                   UNION
                  SELECT member_id, id FROM points_lot
                   WHERE root_member_id = entry.member_id AND root_entry_id = entry.id) AS lot
                JOIN points_lot_use AS use ON use.member_id = lot.member_id AND use.lot_id = lot.id
                JOIN points_entry AS taker ON taker.member_id = use.member_id AND taker.id = use.entry_id
               WHERE taker.kind = 'expire') AS lapsed ON true
         WHERE (earning.taken_back > 0 OR undo.amount IS NOT NULL)
           AND coalesce(undo.amount, 0)
               NOT BETWEEN earning.taken_back - coalesce(lapsed.amount, 0) AND earning.taken_back
        """,
    ),
    "I13_purchase_sums": (
        "The lines of a bill sum to what was paid, its refunds to what was given back.",
        """
        SELECT purchase.id, bill_fen - discount_fen AS paid_fen, lines.fen AS lines_fen,
               refunded_fen, coalesce(refunds.fen, 0) AS refunds_fen
          FROM purchase
          LEFT JOIN (SELECT purchase_id, sum(amount_fen) AS fen FROM purchase_line GROUP BY 1) AS lines
            ON lines.purchase_id = purchase.id
          LEFT JOIN (SELECT purchase_id, sum(amount_fen) AS fen FROM purchase_refund GROUP BY 1) AS refunds
            ON refunds.purchase_id = purchase.id
         WHERE lines.fen IS DISTINCT FROM bill_fen - discount_fen OR refunded_fen <> coalesce(refunds.fen, 0)
        """,
    ),
}
