"""The member's 360° view: everything that happened, one list. docs/domain/members.md"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.extensions import db
from app.paging import Page, cut
from app.rules.earning_words import Words
from app.rules.statement_words import key_of, title
from app.statements import member_timeline as statements

KINDS: Final = statements.KINDS

# The sort key of the last line seen.
After = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `amount`: fen for money and coupons, points for points and check-ins; `count`: the balance after, the streak.

    `place` is a store's name, `person` one of the staff's, `words` what somebody wrote.
    """

    at: datetime
    kind: str
    key: str
    event: str
    name: str | None
    name_en: str | None
    amount: int | None
    count: int | None
    reference: str | None
    reason: str | None
    channel: str | None
    place: str | None
    person: str | None
    words: str | None


def list_events(member_id: int, *, after: Any, limit: int, kind: str | None = None) -> Page[Event]:
    """A page, newest first, in one statement; `after` is (at, kind, key) of the last line seen. Only one kind, if named."""
    at, after_kind, after_key = after or (None, None, None)
    values = {
        "member_id": member_id,
        "kind": kind,
        "at": at,
        "after_kind": after_kind,
        "after_key": after_key,
        "limit": limit + 1,
    }
    rows = [_told(Event(**row)) for row in db.session.execute(statements.NEWEST_FIRST, values).mappings()]
    return cut(rows, limit, lambda line: (line.at, line.kind, line.key))


def _told(line: Event) -> Event:
    """A points entry by what the statement calls it; the rest of its source is internal."""
    if line.kind != "points":
        return line
    source = line.reference or ""
    rule = None if line.name is None else Words(line.name, line.name_en or line.name)
    words = title(kind=line.event, source=source, rule=rule)
    return replace(line, name=words.zh, name_en=words.en, reference=key_of(source))
