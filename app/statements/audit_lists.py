"""Reading the audit: where a moment lies among the keys, and which actions there are.

Keys grow with time but for transactions that commit out of their turn: a list asks with an overlap, and by the instant.
"""

from typing import Final

from sqlalchemy import text

# The smallest key recorded at `at` or later, by halving: a look at the primary key for each binary digit of the audit's length.
SINCE: Final = text(
    """
    WITH RECURSIVE span (low, high) AS (
        SELECT min(id), max(id) + 1 FROM audit_entry
        UNION ALL
        SELECT CASE WHEN found.recorded_at < :at THEN found.id + 1 ELSE low END,
               CASE WHEN found.recorded_at < :at THEN high ELSE (low + high) / 2 END
          FROM span
         CROSS JOIN LATERAL (SELECT id, recorded_at FROM audit_entry
                              WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1) found
         WHERE low < high
    )
    SELECT low FROM span ORDER BY high - low LIMIT 1
    """
)

# From one action to the next along ix_audit_entry_action: as many looks as there are actions.
ACTIONS: Final = text(
    """
    WITH RECURSIVE known (action) AS (
        (SELECT action FROM audit_entry ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (SELECT action FROM audit_entry e WHERE e.action > known.action ORDER BY e.action LIMIT 1)
          FROM known WHERE known.action IS NOT NULL
    )
    SELECT action FROM known WHERE action IS NOT NULL LIMIT :limit
    """
)

# Rows that wait for the next block, as far as anybody wants to know.
WAITING: Final = text(
    """
    SELECT count(*) FROM (
        SELECT FROM audit_entry WHERE id > (SELECT coalesce(max(entry_id), 0) FROM audit_seal_entry) LIMIT :limit) waiting
    """
)
