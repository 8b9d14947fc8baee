"""How long a campaign takes: so many messages at a rate, with nothing leaving in quiet hours."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.rules import send_window

# Beyond this nobody plans; told as "longer".
MOST_DAYS: Final = 60


def finishes_at(
    messages: int, *, per_second: float, starts_at: datetime, quiet_from: str, quiet_until: str, zone: str
) -> datetime | None:
    """The instant (UTC) the last of `messages` leaves; None when that takes more than sixty days.

    Quiet hours `[quiet_from, quiet_until)` are "HH:MM" on the wall clock of `zone`; equal values mean none."""
    left = timedelta(seconds=messages / per_second)
    at = _opens(starts_at, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone)
    if quiet_from == quiet_until:
        return at + left if left <= timedelta(days=MOST_DAYS) else None
    for _ in range(MOST_DAYS):
        closes = _next_wall(at, time.fromisoformat(quiet_from), zone=zone)
        if left <= closes - at:
            return at + left
        left -= closes - at
        at = _opens(closes, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone)
    return None


def _opens(at: datetime, *, quiet_from: str, quiet_until: str, zone: str) -> datetime:
    opens = send_window.next_open(at, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone)
    return opens.astimezone(UTC)


def _next_wall(after: datetime, wall: time, *, zone: str) -> datetime:
    """The next instant, later than `after`, at which the clocks of `zone` show `wall`."""
    local = after.astimezone(ZoneInfo(zone)).date()
    for day in (local, local + timedelta(days=1), local + timedelta(days=2)):
        at = datetime.combine(day, wall, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if at > after:
            return at
    raise AssertionError("a wall clock shows every time within two days")
