"""Instants of a date and a time on somebody's wall clock, also where clocks change."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The first clocks on earth to show a time (UTC+14). What goes by each member's own clock begins with them.
EARLIEST_ZONE: Final = "Etc/GMT-14"


def instant(on: date, at: str, *, zone: str) -> datetime:
    """When clocks in `zone` show `at` ("HH:MM") on a date, in UTC. A time they skip comes as much later as they skip; of a
    time they show twice it is the first."""
    return datetime.combine(on, time.fromisoformat(at), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(at: datetime, *, zone: str) -> tuple[date, str]:
    """Date and "HH:MM" that clocks in `zone` show at an aware instant."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date(), f"{local:%H:%M}"


def known_zone(zone: str | None, *, otherwise: str) -> str:
    """The zone, or the other one where it is empty or no clock of this world keeps it."""
    return zone if zone and is_known(zone) else otherwise


def is_known(zone: str) -> bool:
    """Whether some clock keeps this zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
