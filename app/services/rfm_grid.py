"""Members by recency and frequency of their purchases, as the day's pass scored them. docs/domain/segments.md"""

from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from app.database_errors import sqlstate
from app.errors import SegmentTooSlow
from app.extensions import db
from app.services.segment_looks import PATIENCE_MS
from app.statements import rfm_grid as statements
from app.statements import segments

_QUERY_CANCELED = "57014"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Active members of one pair of scores; fen they spent in 365 days; their money score in tenths, on the average."""

    recency: int
    frequency: int
    members: int
    spent_year_fen: int
    money_tenths: int


def look() -> list[Cell]:
    """The cells that have members, the best first. Raises SegmentTooSlow."""
    with db.session.begin_nested() as part:
        try:
            db.session.execute(segments.LIMIT_TIME, {"milliseconds": str(PATIENCE_MS)})
            rows = db.session.execute(statements.GRID).all()
        except OperationalError as error:
            part.rollback()
            if sqlstate(error) == _QUERY_CANCELED:
                raise SegmentTooSlow(retry_after_seconds=60) from error
            raise
        # The limit was this look's alone.
        part.rollback()
    return [Cell(**row._mapping) for row in rows]
