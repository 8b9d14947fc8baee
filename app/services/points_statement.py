"""The member's statement: what came and went, why, and until when it lives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.extensions import db
from app.paging import Page, cut
from app.statements import points_statement as statements

BATCH: Final = 500


@dataclass(frozen=True)
class StatementLine:
    """One entry; `expires_at` is the soonest of the lots it brought, None when it brought none or they live for ever."""

    id: int
    seq: int
    kind: str
    delta: int
    amount: int
    balance_after: int
    owed_after: int
    source: str
    business_date: date
    occurred_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    available_at: datetime | None
    rule_code: str | None
    rule_name: str | None
    rule_name_en: str | None
    rule_version: int | None
    # The order it came from; a reversal has its original's.
    order_no: str | None


def list_entries(member_id: int, *, after: tuple[int] | None, limit: int) -> Page[StatementLine]:
    """A page of the statement, newest first, in one query; `after` is the seq of the last entry seen."""
    values = {"member_id": member_id, "after": after[0] if after else None, "limit": limit + 1}
    return cut(_lines(statements.NEWEST_FIRST, values), limit, lambda line: (line.seq,))


def iter_statement(member_id: int, *, first: date, last: date) -> Iterator[StatementLine]:
    """Every entry booked from `first` to `last` (business dates, both included), oldest first, read in batches."""
    seq = 0
    while True:
        values = {"member_id": member_id, "after": seq, "first": first, "last": last, "limit": BATCH}
        batch = _lines(statements.OLDEST_FIRST, values)
        yield from batch
        if len(batch) < BATCH:
            return
        seq = batch[-1].seq


def _lines(statement: Any, values: dict[str, Any]) -> list[StatementLine]:
    return [StatementLine(**row) for row in db.session.execute(statement, values).mappings()]
