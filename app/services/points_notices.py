"""Telling in time: a member event `points_will_expire`, `expiry_notice_days` days ahead."""

from datetime import datetime
from typing import Final

from app.services import expiry_notices, programmes
from app.services.expiry_notices import Announced, Notice
from app.statements import points_notices as statements

_NOTICE: Final = Notice(due=statements.DUE, tell=statements.ANNOUNCE, counted="points")


def announce(*, now: datetime, limit: int, after: tuple[datetime, int] | None = None) -> Announced:
    """One chunk of `limit` members and dates; see services/expiry_notices.py."""
    days = programmes.get().expiry_notice_days
    return expiry_notices.announce(_NOTICE, days=days, now=now, limit=limit, after=after)
