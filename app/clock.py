"""The only reader of the clock, and the only place where instants become business dates."""

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

# A development instance may be moved in time through this file: {"offset_seconds": int}. Config refuses it in production.
_CLOCK_FILE = os.environ.get("HUITOU_CLOCK_FILE", "")


def utc_now() -> datetime:
    """Aware UTC now, shifted by the development clock file when one is configured."""
    now = datetime.now(UTC)
    if _CLOCK_FILE:
        now += timedelta(seconds=_offset_seconds(int(time.monotonic() * 5)))
    return now


@lru_cache(maxsize=1)
def _offset_seconds(_fifth_of_a_second: int) -> int:
    try:
        return int(json.loads(Path(_CLOCK_FILE).read_text())["offset_seconds"])
    except (OSError, ValueError, KeyError):
        return 0


def business_date(at: datetime, *, zone: str, cut_over_hour: int = 0) -> date:
    """The shop's date at an aware instant; a day begins at `cut_over_hour` local time."""
    return (at.astimezone(ZoneInfo(zone)) - timedelta(hours=cut_over_hour)).date()


@lru_cache(maxsize=64)
def business_day_bounds(on: date, *, zone: str, cut_over_hour: int = 0) -> tuple[datetime, datetime]:
    """Half-open UTC instants `[starts_at, ends_at)` of a business date; 23 or 25 hours long where clocks change."""
    tz = ZoneInfo(zone)
    start = datetime(on.year, on.month, on.day, cut_over_hour, tzinfo=tz)
    next_day = on + timedelta(days=1)
    end = datetime(next_day.year, next_day.month, next_day.day, cut_over_hour, tzinfo=tz)
    return start.astimezone(UTC), end.astimezone(UTC)


def last_local_time(now: datetime, *, at: str, zone: str) -> datetime:
    """The newest instant up to `now` at which clocks in `zone` showed `at` ("HH:MM"), in UTC."""
    tz, hour, minute = ZoneInfo(zone), *map(int, at.split(":"))
    local = now.astimezone(tz).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if local > now:
        local -= timedelta(days=1)
    return local.astimezone(UTC)
