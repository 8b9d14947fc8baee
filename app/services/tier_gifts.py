"""Gifts of a tier: an upgrade gift once per tier and period, a pack of coupons once a month; owed first, given by a tick."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import LoyaltyError
from app.extensions import db
from app.models import MemberAccount, Tier, TierGift
from app.services import coupons, points, programmes, tier_benefits
from app.statements import tier_gifts as statements

# Comes due again when the member holds the tier once more (statements/tier_moves.py).
TIER_LOST = "tier_lost"
NO_BENEFIT = "benefit_removed"


@dataclass(frozen=True, slots=True)
class GiftKey:
    """Which gift of whom."""

    member_id: int
    tier_id: int
    kind: str
    period: str

    @property
    def source(self) -> str:
        """Names the coupon given for it."""
        return f"tier_gift:{self.tier_id}:{self.kind}:{self.period}"


def owe_monthly(tier_id: int, *, after_id: int, now: datetime, limit: int) -> tuple[int, int | None]:
    """Write this month's pack for the next `limit` members of a tier; how many were new, and where to go on (None: done)."""
    period = f"{programmes.business_date(now):%Y-%m}"
    row = db.session.execute(
        statements.MONTHLY, {"tier_id": tier_id, "after": after_id, "limit": limit, "period": period, "now": now}
    ).one()
    return row.added, row.last_id


def list_due(*, limit: int) -> list[GiftKey]:
    """Gifts still to be given, the longest due first."""
    query = (
        select(TierGift.member_id, TierGift.tier_id, TierGift.kind, TierGift.period)
        .where(TierGift.state == "due")
        .order_by(TierGift.due_at, TierGift.member_id)
        .limit(limit)
    )
    return [GiftKey(*row) for row in db.session.execute(query)]


def give(key: GiftKey, *, now: datetime) -> str:
    """Give one gift; returns how it stands: given, or unavailable with the reason written. A repeat changes nothing.

    One that a merge took elsewhere since it was listed is unavailable here.
    """
    account = points.lock_account(key.member_id)
    gift = db.session.get(
        TierGift,
        (key.member_id, key.tier_id, key.kind, key.period),
        with_for_update=True,
        populate_existing=True,
    )
    if gift is None or gift.state != "due":
        return "unavailable" if gift is None else gift.state
    reason = _give(key, account=account, now=now)
    gift.state, gift.reason, gift.ended_at = ("given" if reason is None else "unavailable"), reason, now
    return gift.state


def move_all(from_member_id: int, to_member_id: int, *, now: datetime) -> None:
    """Gifts of a merged member follow; what one of the two was given is not given again. The caller holds both accounts."""
    pair = {"merged": from_member_id, "kept": to_member_id}
    db.session.flush()  # the statements go past the session
    db.session.execute(statements.MOVE, pair)
    db.session.execute(statements.GIVEN_BEFORE, {**pair, "now": now})


def _give(key: GiftKey, *, account: MemberAccount, now: datetime) -> str | None:
    """None when the coupon was given; else why not."""
    ranks = {row.id: row.rank for row in db.session.execute(select(Tier.id, Tier.rank))}
    if ranks[account.tier_id] < ranks[key.tier_id]:
        return TIER_LOST
    batch_id = tier_benefits.find_batch_of_tier(key.tier_id, kind=key.kind)
    if batch_id is None:
        return NO_BENEFIT
    try:
        # A savepoint: a refused gift must not undo the row that tells of it.
        with db.session.begin_nested():
            coupons.issue(key.member_id, batch_id=batch_id, source=key.source, now=now, actor=Actor.system())
    except LoyaltyError as refusal:
        return refusal.code
    return None
