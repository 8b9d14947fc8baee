"""Quiet hours: a local interval, usually over midnight, in which no marketing message leaves."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


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


def _is_quiet(wall: time, *, starts: time, ends: time) -> bool:
    if starts < ends:
        return starts <= wall < ends
    return wall >= starts or wall < ends
