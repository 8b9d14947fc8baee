"""When something comes again: a closed grammar over dates on the shop's wall clock.

{"every": "day"} · {"every": "week", "on": [1, 5]} with Monday 1 · {"every": "month", "on": [1, 15, -1]} with -1 the last day;
a day that a month lacks is kept on its last one. With {"step": 2, "starts_on": "2026-12-01"} every second day, week or month,
counted from that date; "starts_on" alone is the first date it may come."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

# Every twelfth month is the longest pause; a year more to find it.
HORIZON_DAYS: Final = 800
MAX_STEP: Final = 12
_KEYS: Final = frozenset({"every", "on", "step", "starts_on"})
_DAYS: Final[Mapping[str, frozenset[int]]] = {
    "day": frozenset(),
    "week": frozenset(range(1, 8)),
    "month": frozenset({*range(1, 32), -1}),
}


def find_problem(repeat: Mapping[str, Any]) -> str | None:
    """Why this is not a recurrence; None when it is."""
    every, on = repeat.get("every"), repeat.get("on", [])
    if repeat.keys() - _KEYS:
        return "unknown_key"
    if not isinstance(every, str) or every not in _DAYS:
        return "every"
    if not _are_days(on, _DAYS[every]) or bool(on) != (every != "day"):
        return "on"
    step = repeat.get("step", 1)
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= MAX_STEP:
        return "step"
    return _start_problem(repeat.get("starts_on"), is_needed=step > 1)


def dates_after(repeat: Mapping[str, Any], day: date) -> Iterator[date]:
    """The dates it comes on, strictly after `day`, in order; ends when none is near."""
    start = date.fromisoformat(repeat["starts_on"]) if "starts_on" in repeat else None
    first = day + timedelta(days=1) if start is None else max(day + timedelta(days=1), start)
    for n in range(HORIZON_DAYS):
        candidate = first + timedelta(days=n)
        if _is_day(repeat, candidate) and _is_turn(repeat, candidate, start):
            yield candidate


def _are_days(on: Any, allowed: frozenset[int]) -> bool:
    if not isinstance(on, list) or any(isinstance(day, bool) or not isinstance(day, int) for day in on):
        return False
    return len(set(on)) == len(on) and set(on) <= allowed


def _start_problem(start: Any, *, is_needed: bool) -> str | None:
    if start is None:
        return "starts_on" if is_needed else None
    try:
        return None if date.fromisoformat(start).isoformat() == start else "starts_on"
    except (TypeError, ValueError):
        return "starts_on"


def _is_day(repeat: Mapping[str, Any], day: date) -> bool:
    if repeat["every"] == "day":
        return True
    if repeat["every"] == "week":
        return day.isoweekday() in repeat["on"]
    last = calendar.monthrange(day.year, day.month)[1]
    return any(day.day == (last if wanted == -1 else min(wanted, last)) for wanted in repeat["on"])


def _is_turn(repeat: Mapping[str, Any], day: date, start: date | None) -> bool:
    step = repeat.get("step", 1)
    if start is None or step == 1:
        return True
    if repeat["every"] == "day":
        passed = (day - start).days
    elif repeat["every"] == "week":
        passed = (_monday(day) - _monday(start)).days // 7
    else:
        passed = (day.year - start.year) * 12 + day.month - start.month
    return bool(passed % step == 0)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
