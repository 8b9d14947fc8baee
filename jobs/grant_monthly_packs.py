"""Write down what tiers give each month, once a member, tier and month; another tick gives it."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import tier_benefits, tier_gifts

CHUNK = 1000


def grant_monthly_packs(*, now: datetime) -> dict[str, int]:
    """One walk over the members of each tier that has a pack."""
    with transaction.transaction():
        tier_ids = tier_benefits.list_tiers_with("monthly_pack")
    owed = 0
    for tier_id in tier_ids:
        after_id: int | None = 0
        while after_id is not None:
            work = partial(tier_gifts.owe_monthly, tier_id, after_id=after_id, now=now, limit=CHUNK)
            new, after_id = transaction.run(work)
            owed += new
    return {"owed": owed}
