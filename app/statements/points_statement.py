"""A member's entries with everything the statement tells, one query a page (uq_points_entry_member_id_seq)."""

from typing import Final

from sqlalchemy import text

_LINES = """
    SELECT entry.id, entry.seq, entry.kind, entry.delta, entry.amount, entry.balance_after, entry.owed_after, entry.source,
           entry.business_date, entry.occurred_at, entry.recorded_at, lot.expires_at, lot.available_at,
           rule.code AS rule_code, version.name AS rule_name, version.name_en AS rule_name_en, version.version AS rule_version,
           purchase.order_no
      FROM points_entry AS entry
      LEFT JOIN LATERAL (
          SELECT min(expires_at) AS expires_at, max(available_at) AS available_at FROM points_lot
           WHERE points_lot.member_id = entry.member_id AND points_lot.entry_id = entry.id
      ) AS lot ON true
      LEFT JOIN points_entry AS original ON original.member_id = entry.member_id AND original.id = entry.reverses_id
      LEFT JOIN purchase
        ON purchase.id = CAST(substring(coalesce(original.source, entry.source) FROM '^purchase:([0-9]{1,18})(?::|$)') AS bigint)
      LEFT JOIN earning_rule_version AS version ON version.id = entry.rule_version_id
      LEFT JOIN earning_rule AS rule ON rule.id = version.rule_id
     WHERE entry.member_id = :member_id
"""

NEWEST_FIRST: Final = text(
    _LINES
    + """
       AND (CAST(:after AS bigint) IS NULL OR entry.seq < :after)
     ORDER BY entry.seq DESC LIMIT :limit
    """
)

OLDEST_FIRST: Final = text(
    _LINES
    + """
       AND entry.seq > :after AND entry.business_date BETWEEN :first AND :last
     ORDER BY entry.seq LIMIT :limit
    """
)
