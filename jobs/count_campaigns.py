"""Count what campaigns came to: funnel, purchases, cost, by arm and period."""

import time
from datetime import datetime
from typing import Final

from app import transaction
from app.services import campaign_figures
from app.services.campaign_figures import START, Key, Tally

# One run is bounded: so many campaigns, so many seconds; a campaign begun is finished.
CAMPAIGNS: Final = 20
SECONDS: Final = 60.0


def count_campaigns(*, now: datetime) -> dict[str, int]:
    """Ranges in transactions of their own, the figures written at the end; stopped anywhere, the old figures stand."""
    counts = {"counted": 0, "final": 0}
    began = time.monotonic()
    for campaign_id in transaction.run(lambda: campaign_figures.list_due(now=now, limit=CAMPAIGNS)):
        counts["final"] += _count(campaign_id, now=now)
        counts["counted"] += 1
        if time.monotonic() - began > SECONDS:
            break
    return counts


def _count(campaign_id: int, *, now: datetime) -> bool:
    began, tally, after = time.monotonic(), Tally(), START
    while True:
        following = transaction.run(lambda after=after: _range(campaign_id, tally, after))  # type: ignore[misc]
        if following is None:
            break
        after = following
    took = time.monotonic() - began
    return transaction.run(lambda: campaign_figures.write(campaign_id, tally, seconds=took, now=now))


def _range(campaign_id: int, tally: Tally, after: Key) -> Key | None:
    # Into one of its own first: a transaction that is tried again must not count twice.
    part = Tally()
    following = campaign_figures.add_range(campaign_id, part, after=after)
    for (period, arm), sums in part.arms.items():
        tally.add(period, arm, sums)
    return following
