"""`flask verify`: every invariant checked in SQL over one snapshot, read-only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.extensions import db
from app.statements.verify import CHECKS, QUERIES


@dataclass(frozen=True)
class Finding:
    """One invariant: what must hold and the rows (at most 20) that break it."""

    name: str
    rule: str
    broken: list[dict[str, Any]]


def check_all() -> Iterator[Finding]:
    """Check one invariant after the other; all see the database as of the first. Opens and ends its own read transaction."""
    with db.engine.connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        # A whole ledger takes longer to read than a request may.
        connection.execute(text("SET LOCAL statement_timeout = '10min'"))
        for name, (rule, _) in CHECKS.items():
            rows = connection.execute(QUERIES[name]).mappings()
            yield Finding(name, rule, [dict(row) for row in rows])
        connection.rollback()
