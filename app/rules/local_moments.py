"""When a message is due for members who live by another clock than the shop's, and for whom that moment is long past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.rules import wall_clock


@dataclass(frozen=True, kw_only=True)
class Moment:
    """`is_late`: passed by more than the campaign bears; else it is due then, or now when it has just passed."""

    due_at: datetime
    is_late: bool


def moments(
    zones: Iterable[str], *, on: date, at: str, shop_zone: str, latest_start_at: datetime, now: datetime
) -> dict[str, Moment]:
    """By zone: date and "HH:MM" on its clock. `latest_start_at` is the shop's; other clocks bear as much lateness.

    A zone that no clock keeps is the shop's."""
    bears = latest_start_at - wall_clock.instant(on, at, zone=shop_zone)
    found = {}
    for zone in zones:
        moment = wall_clock.instant(on, at, zone=wall_clock.known_zone(zone, otherwise=shop_zone))
        found[zone] = Moment(due_at=max(moment, now), is_late=moment + bears < now)
    return found
