"""What a bill would earn and why, before anybody pays: the rules asked, nothing written."""

from collections.abc import Sequence
from datetime import datetime

from app.rules.earning import Verdict
from app.services import earnings, purchases
from app.services.earnings import Facts
from app.services.purchases import BillLine
from app.services.purchases_bills import number_lines


def try_bill(
    *,
    lines: Sequence[BillLine],
    paid_fen: int,
    channel: str,
    store_code: str | None,
    occurred_at: datetime,
    now: datetime,
    member_id: int | None = None,
    tier_code: str | None = None,
    nth: int | None = None,
) -> Verdict:
    """Ask the rules in force at `occurred_at`. A member brings tier, caps and count of purchases; else `tier_code` and `nth`.

    Raises LinesDoNotAddUp.
    """
    if nth is None:
        nth = 1 if member_id is None else purchases.nth(member_id)
    facts = Facts(lines=tuple(number_lines(lines, paid_fen=paid_fen)), store_code=store_code, channel=channel, nth=nth)
    return earnings.dry_run(
        event="purchase", facts=facts, member_id=member_id, tier_code=tier_code, occurred_at=occurred_at, now=now
    )
