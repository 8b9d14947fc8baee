"""How many members have each pair of scores."""

from typing import Final

from sqlalchemy import text

# One pass over the figures: a grid of everybody is what is asked for.
GRID: Final = text(
    """
SELECT f.recency, f.frequency, count(*) AS members, coalesce(sum(f.spent_year_fen), 0)::bigint AS spent_year_fen,
       round(avg(f.money) * 10)::int AS money_tenths
  FROM member_figure f JOIN member m ON m.id = f.member_id
 WHERE f.recency IS NOT NULL AND m.status = 'active'
 GROUP BY f.recency, f.frequency
 ORDER BY f.recency DESC, f.frequency DESC
"""
)
