"""Growth value and the tier it leads to: up at once when earned, back at once when taken away (I12)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from app.actor import Actor
from app.errors import AlreadyReversed, NotFound, RungNotOnTop
from app.extensions import db
from app.models import GrowthEntry, Member, MemberAccount, Tier, TierHistory
from app.rules import tier_ladder
from app.services import audit, points, programmes
from app.statements import growth as statements


@dataclass(frozen=True)
class Standing:
    """Where a member stands: tier, growth value, and what the next rung still needs (None at the top)."""

    tier: Tier
    growth_value: int
    next_tier: Tier | None
    growth_needed: int | None
    progress_bp: int


def ladder() -> Sequence[Tier]:
    """Every rung, lowest first."""
    return db.session.scalars(select(Tier).order_by(Tier.rank)).all()


def get_by_code(code: str) -> Tier:
    """A rung by its code. Raises NotFound."""
    tier = db.session.scalar(select(Tier).where(Tier.code == code))
    if tier is None:
        raise NotFound(kind="tier")
    return tier


def add_rung(values: dict[str, Any], *, actor: Actor, now: datetime) -> Tier:
    """Add a rung above all others, out of every member's present reach. Raises RungNotOnTop."""
    # Nobody may pass the new threshold between the look and the commit: value writes wait for these few milliseconds.
    db.session.execute(text("LOCK TABLE member_account IN SHARE ROW EXCLUSIVE MODE"))
    top = ladder()[-1]
    # A rung members have already passed would move them silently: that is a ladder change, not an addition.
    highest = db.session.scalar(select(func.max(MemberAccount.growth_value))) or 0
    if values["growth_threshold"] <= max(top.growth_threshold, highest):
        raise RungNotOnTop(above=max(top.growth_threshold, highest))
    tier = Tier(**values, rank=top.rank + 1)
    db.session.add(tier)
    # The audit row names the new id.
    db.session.flush()
    audit.record("tier.create", actor=actor, object_kind="tier", object_id=tier.id, details=values, now=now)
    return tier


def change_rung(public_id: uuid.UUID, changes: dict[str, Any], *, actor: Actor, now: datetime) -> Tier:
    """Change a rung's name, colour or emblem. Raises NotFound."""
    tier = db.session.scalar(select(Tier).where(Tier.public_id == public_id))
    if tier is None:
        raise NotFound(kind="tier")
    for key, value in changes.items():
        setattr(tier, key, value)
    audit.record("tier.update", actor=actor, object_kind="tier", object_id=tier.id, details=changes, now=now)
    return tier


def open_account(member_id: int, *, now: datetime) -> None:
    """Give a new member an account on the lowest rung, and begin their tier history."""
    tier_id = db.session.execute(select(Tier.id).where(Tier.rank == 0)).scalar_one()
    db.session.add(MemberAccount(member_id=member_id, tier_id=tier_id))
    # The history row names the account.
    db.session.flush()
    db.session.add(TierHistory(member_id=member_id, tier_id=tier_id, starts_at=now, reason="joined"))


def standing(member_id: int) -> Standing:
    """Where the member stands now. Raises NotFound."""
    row = db.session.execute(
        select(MemberAccount.growth_value, MemberAccount.tier_id).where(MemberAccount.member_id == member_id)
    ).first()
    if row is None:
        raise NotFound(kind="member")
    rungs = ladder()
    tier = next(rung for rung in rungs if rung.id == row.tier_id)
    above = next((rung for rung in rungs if rung.rank > tier.rank), None)
    return Standing(
        tier=tier,
        growth_value=row.growth_value,
        next_tier=above,
        growth_needed=None if above is None else max(0, above.growth_threshold - row.growth_value),
        progress_bp=tier_ladder.progress_bp(
            row.growth_value, here=tier.growth_threshold, above=above.growth_threshold if above else None
        ),
    )


def add_growth(member_id: int, *, amount: int, source: str, now: datetime) -> None:
    """Credit growth value and move up at once when a rung is reached. A repeat of `source` changes nothing."""
    if amount <= 0:
        return
    points.lock_account(member_id)
    if _find(member_id, source) is None:
        _book(member_id, kind="earn", delta=amount, source=source, now=now, reason="growth")


def reverse_growth(member_id: int, *, source: str, reversal_source: str, now: datetime) -> None:
    """Take back what `source` credited, and the tier with it. Nothing was credited: nothing to do."""
    merged = select(Member.id).where((Member.id == member_id) | (Member.merged_into_id == member_id))
    original = db.session.scalars(
        select(GrowthEntry).where(GrowthEntry.source == source, GrowthEntry.member_id.in_(merged)).limit(1)
    ).first()
    if original is None:
        return
    for locked in sorted({original.member_id, member_id}):
        points.lock_account(locked)
    if _find(original.member_id, reversal_source) is not None:
        return
    if db.session.scalar(
        select(GrowthEntry.id)
        .where(GrowthEntry.member_id == original.member_id, GrowthEntry.reverses_id == original.id)
        .limit(1)
    ):
        raise AlreadyReversed(kind="growth")
    if original.member_id != member_id:
        # Growth of a merged member stands on the kept one: bring back what the reversal needs.
        _move(member_id, original.member_id, amount=original.delta, source=reversal_source, now=now)
    _book(
        original.member_id,
        kind="reverse",
        delta=-original.delta,
        source=reversal_source,
        now=now,
        reason="reversal",
        reverses_id=original.id,
    )


def move_all(from_member_id: int, to_member_id: int, *, source: str, now: datetime) -> int:
    """Move all growth value when two members become one; returns how much. A repeat of `source` changes nothing."""
    accounts = {member_id: points.lock_account(member_id) for member_id in sorted((from_member_id, to_member_id))}
    amount = accounts[from_member_id].growth_value
    if amount == 0 or _find(to_member_id, f"{source}:in") is not None:
        return 0
    _move(from_member_id, to_member_id, amount=amount, source=source, now=now)
    return amount


def _move(from_member_id: int, to_member_id: int, *, amount: int, source: str, now: datetime) -> None:
    _book(from_member_id, kind="merge", delta=-amount, source=f"{source}:out", now=now, reason="merge")
    _book(to_member_id, kind="merge", delta=amount, source=f"{source}:in", now=now, reason="merge")


def _find(member_id: int, source: str) -> int | None:
    return db.session.scalar(
        select(GrowthEntry.id).where(GrowthEntry.member_id == member_id, GrowthEntry.source == source)
    )


def _book(
    member_id: int,
    *,
    kind: str,
    delta: int,
    source: str,
    now: datetime,
    reason: str,
    reverses_id: int | None = None,
) -> None:
    row = db.session.execute(
        statements.BOOK,
        {
            "member_id": member_id,
            "kind": kind,
            "delta": delta,
            "source": source,
            "reverses_id": reverses_id,
            "business_date": programmes.business_date(now),
            "now": now,
        },
    ).one()
    _settle_tier(member_id, growth=row.growth_after, reason=reason, now=now)


def _settle_tier(member_id: int, *, growth: int, reason: str, now: datetime) -> None:
    tier, _ = tier_ladder.standing(ladder(), growth=growth)
    account = points.lock_account(member_id)
    if account.tier_id == tier.id:
        return
    account.tier_id = tier.id
    current = db.session.execute(
        select(TierHistory).where(TierHistory.member_id == member_id, TierHistory.ends_at.is_(None))
    ).scalar_one()
    if current.starts_at >= now:
        # Two changes in one instant: history has no empty intervals, the last one stands.
        current.tier_id, current.reason = tier.id, reason
        return
    current.ends_at = now
    # The closed interval must be there before the next one opens: one open row per member.
    db.session.flush()
    db.session.add(TierHistory(member_id=member_id, tier_id=tier.id, starts_at=now, reason=reason))
