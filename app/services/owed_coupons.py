"""Giving the coupons that events brought: one member at a time, once, or a reason written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.errors import BatchExhausted, BudgetExhausted, NotFound, RuleBroken
from app.extensions import db
from app.models import CouponAutomation, CouponBatch, CouponOwed, MemberAccount, Tier
from app.services import coupon_owing, coupons, points
from app.statements import coupon_owing as statements

# Comes due again when the member reaches the tier once more (statements/coupon_owing.py).
TIER_LOST = "tier_lost"
# Automations give from batches the shop issues; nothing else is theirs to give.
WAYS = ("issue",)


@dataclass(frozen=True, slots=True)
class OwedKey:
    """Which coupon of whom."""

    member_id: int
    automation_id: int
    occurrence: str


def list_due(*, limit: int) -> list[OwedKey]:
    """Coupons still to be given, the longest due first."""
    query = (
        select(CouponOwed.member_id, CouponOwed.automation_id, CouponOwed.occurrence)
        .where(CouponOwed.state == "due")
        .order_by(CouponOwed.due_at, CouponOwed.member_id)
        .limit(limit)
    )
    return [OwedKey(*row) for row in db.session.execute(query)]


def give(key: OwedKey, *, now: datetime) -> str:
    """Give one; returns how it stands: given, or unavailable with the reason written. A repeat changes nothing.

    One that a merge took elsewhere since it was listed is unavailable here.
    """
    account = points.lock_account(key.member_id)
    owed = db.session.get(
        CouponOwed,
        (key.member_id, key.automation_id, key.occurrence),
        with_for_update=True,
        populate_existing=True,
    )
    if owed is None or owed.state != "due":
        return "unavailable" if owed is None else owed.state
    reason = _give(key, account=account, now=now)
    owed.state, owed.reason, owed.ended_at = ("given" if reason is None else "unavailable"), reason, now
    return owed.state


def move_all(from_member_id: int, to_member_id: int, *, now: datetime) -> None:
    """What a merged member is owed follows; what one of the two was given is not given again. The caller holds both accounts."""
    pair = {"merged": from_member_id, "kept": to_member_id}
    db.session.flush()  # the statements go past the session
    db.session.execute(statements.MOVE, pair)
    db.session.execute(statements.GIVEN_BEFORE, {**pair, "now": now})


def _give(key: OwedKey, *, account: MemberAccount, now: datetime) -> str | None:
    """None when the coupon was given; else why not."""
    automation = db.session.get_one(CouponAutomation, key.automation_id)
    if automation.event == "tier_up" and _lost(key, account=account):
        return TIER_LOST
    batch = db.session.get_one(CouponBatch, automation.batch_id)
    source = coupon_owing.source_of(key.automation_id, key.occurrence)
    try:
        # A savepoint: a refused coupon must not undo the row that tells of it.
        with db.session.begin_nested():
            coupons.give(key.member_id, batch=batch.public_id, ways=WAYS, source=source, now=now)
    except (BatchExhausted, BudgetExhausted, NotFound, RuleBroken) as refusal:
        return refusal.code
    return None


def _lost(key: OwedKey, *, account: MemberAccount) -> bool:
    """Whether the tier reached then is above the one held now."""
    reached = key.occurrence.split(":")[1]
    needed = select(Tier.rank).where(Tier.code == reached).scalar_subquery()
    below = select(Tier.id).where(Tier.id == account.tier_id, Tier.rank < needed)
    return db.session.scalar(below) is not None
