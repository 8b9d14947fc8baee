"""Quiet hours: a local interval, usually over midnight, in which no marketing message leaves."""

import zlib
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# What waited all night leaves over so many seconds, not all at nine.
SPREAD_SECONDS: Final = 900


def next_open(now: datetime, *, quiet_from: str, quiet_until: str, zone: str) -> datetime:
    """`now` when sending is allowed, else the instant (UTC) the quiet hours `[quiet_from, quiet_until)` end.

    Local times "HH:MM" on the wall clock of `zone`; equal values mean no quiet hours. An end that the clocks
    skip comes as much later as they skip."""
    starts, ends = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    local = now.astimezone(ZoneInfo(zone))
    wall = local.time()
    if starts == ends or not _is_quiet(wall, starts=starts, ends=ends):
        return now
    day = local.date() + timedelta(days=1) if starts > ends and wall >= starts else local.date()
    end = datetime.combine(day, ends, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    # In the hour the clocks repeat, `ends` may already have passed once: never answer with the past.
    return end if end > now else end + timedelta(hours=1)


def spread(opens_at: datetime, *, before: datetime | None, key: str) -> datetime:
    """Somewhen in the quarter of an hour after quiet hours end, by `key` always the same; ahead of the half of what is left
    when the message would be too late at `before`."""
    most = SPREAD_SECONDS
    if before is not None:
        most = min(most, int((before - opens_at).total_seconds() // 2))
    return opens_at + timedelta(seconds=zlib.crc32(key.encode()) % max(1, most))


def _is_quiet(wall: time, *, starts: time, ends: time) -> bool:
    if starts < ends:
        return starts <= wall < ends
    return wall >= starts or wall < ends
