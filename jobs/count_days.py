"""Count what each business day came to, and who bought again: what the dashboard reads."""

import time
from datetime import datetime
from typing import Final

from app import transaction
from app.services import day_figures

# One run is bounded; the next tick goes on with the days before.
DAYS: Final = 40
SECONDS: Final = 30.0


def count_days(*, now: datetime) -> dict[str, int]:
    """Newest first, a day in a transaction of its own; stopped anywhere, the next run goes on."""
    counts = {"days": 0, "windows": 0}
    began = time.monotonic()
    for due in transaction.run(lambda: day_figures.list_due(now=now, limit=DAYS)):
        transaction.run(lambda due=due: day_figures.count(due, now=now))  # type: ignore[misc]
        counts["days"] += 1
        if time.monotonic() - began > SECONDS:
            return counts
    for until_on in transaction.run(lambda: day_figures.list_windows_due(now=now, limit=DAYS)):
        transaction.run(lambda until_on=until_on: day_figures.count_windows(until_on, now=now))  # type: ignore[misc]
        counts["windows"] += 1
        if time.monotonic() - began > SECONDS:
            break
    return counts
