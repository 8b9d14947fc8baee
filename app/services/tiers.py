"""The ladder and a member's place on it: up at once when earned, back at once when taken away (I12)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select, text

from app import clock
from app.actor import Actor
from app.errors import LadderSettling, NotFound, RungNotOnTop
from app.extensions import db
from app.models import Ladder, MemberAccount, Tier, TierHistory
from app.rules import tier_ladder, tier_periods, tier_review
from app.rules.tier_review import GrowthOf, Held, InForce
from app.services import audit, ladders, points, programmes, tier_moves
from app.services.tier_moves import Move
from app.statements import growth as statements


@dataclass(frozen=True)
class Standing:
    """Where a member stands: tier, growth value, and what the next rung still needs (None at the top).

    `qualifying` is the growth that counts today: all of it for life, else the period's. `keep_needed` is what is still to
    be earned to keep the tier after `valid_through`; both None where nothing is reviewed.
    """

    tier: Tier
    growth_value: int
    next_tier: Tier | None
    growth_needed: int | None
    progress_bp: int
    qualifying: int
    valid_through: date | None
    keep_needed: int | None


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
    """Add a rung above all others, out of every member's present reach; the ladder in force grows with it.

    Raises RungNotOnTop, LadderSettling.
    """
    ladders.take_turn()
    # Locked before any account, as the tick that settles does.
    active = db.session.scalars(select(Ladder).where(Ladder.status == "active").with_for_update()).one_or_none()
    if active is not None and active.settling_after_id is not None:
        raise LadderSettling
    # Nobody may pass the new threshold between the look and the commit: value writes wait for these few milliseconds.
    db.session.execute(text("LOCK TABLE member_account IN SHARE ROW EXCLUSIVE MODE"))
    top = ladder()[-1]
    # A rung members have already passed would move them silently: that is a ladder change, not an addition.
    highest = db.session.scalar(select(func.max(MemberAccount.growth_value))) or 0
    if values["growth_threshold"] <= max(top.growth_threshold, highest):
        raise RungNotOnTop(above=max(top.growth_threshold, highest))
    tier = Tier(**values, rank=top.rank + 1)
    db.session.add(tier)
    if active is not None:
        active.thresholds = {**active.thresholds, tier.code: tier.growth_threshold}
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


def standing(member_id: int, *, now: datetime | None = None) -> Standing:
    """Where the member stands at `now` (default: this moment). Raises NotFound."""
    account = db.session.execute(
        select(MemberAccount.growth_value, MemberAccount.tier_id, MemberAccount.tier_valid_through).where(
            MemberAccount.member_id == member_id
        )
    ).first()
    if account is None:
        raise NotFound(kind="member")
    rungs, policy = ladder(), tier_moves.in_force().policy
    tier = next(rung for rung in rungs if rung.id == account.tier_id)
    above = next((rung for rung in rungs if rung.rank > tier.rank), None)
    qualifying, keeping = account.growth_value, None
    if not policy.is_for_life:
        today = programmes.business_date(now or clock.utc_now())
        qualifying = max(0, growth_between(member_id, tier_periods.counts_from(policy, today), today))
        if account.tier_valid_through is not None:
            first = tier_periods.counts_from(policy, account.tier_valid_through)
            keeping = max(0, tier.growth_threshold - growth_between(member_id, first, today))
    return Standing(
        tier=tier,
        growth_value=account.growth_value,
        next_tier=above,
        growth_needed=None if above is None else max(0, above.growth_threshold - qualifying),
        progress_bp=tier_ladder.progress_bp(
            qualifying, here=tier.growth_threshold, above=above.growth_threshold if above else None
        ),
        qualifying=qualifying,
        valid_through=account.tier_valid_through,
        keep_needed=keeping,
    )


def settle(
    member_id: int, *, reason: str, now: datetime, lost: tuple[date, int] | None = None, is_told: bool = True
) -> None:
    """Bring the tier in line with the growth just booked; the caller holds the account lock. `is_told` False: without a word
    or a gift.

    `lost` is growth taken away: the date it counted for, and how much. It lowers the tier at once only if the member
    qualified for the tier before and no longer does, and never below what the growth left still gives.
    """
    ladder = tier_moves.in_force()
    account = points.lock_account(member_id)
    held = Held(_rank(ladder, account.tier_id), account.tier_valid_through)
    if ladder.policy.is_for_life:
        after = Held(ladder.rank_of(account.growth_value))
    else:
        today = programmes.business_date(now)
        growth_of = partial(growth_between, member_id)
        after = tier_review.settled(ladder, held, growth_of=growth_of, today=today)
        if lost is not None and _is_lost(ladder, after, lost, growth_of=growth_of, today=today):
            after = tier_review.justified(ladder, _days(member_id, ladder, today), today=today)
    tier_moves.apply([Move(member_id, held, after)], ladder=ladder, reason=reason, now=now, is_told=is_told)


def unite(from_member_id: int, to_member_id: int, *, now: datetime) -> None:
    """The tiers of two members whose growth was just united: the kept one holds the better, the other the lowest."""
    ladder = tier_moves.in_force()
    accounts = {member_id: points.lock_account(member_id) for member_id in sorted((from_member_id, to_member_id))}
    gone, kept = (
        Held(_rank(ladder, accounts[member_id].tier_id), accounts[member_id].tier_valid_through)
        for member_id in (from_member_id, to_member_id)
    )
    if ladder.policy.is_for_life:
        after = Held(ladder.rank_of(accounts[to_member_id].growth_value))
    else:
        growth_of = partial(growth_between, to_member_id)
        today = programmes.business_date(now)
        after = tier_review.settled(ladder, tier_review.better(gone, kept), growth_of=growth_of, today=today)
    tier_moves.apply([Move(to_member_id, kept, after)], ladder=ladder, reason="merge", now=now)
    # Nobody is told that a membership that is no more stands lower.
    tier_moves.apply([Move(from_member_id, gone, Held(0))], ladder=ladder, reason="merge", now=now, is_told=False)


def end(member_id: int, *, now: datetime) -> None:
    """The lowest rung for a membership that ends; nobody is told. The caller holds the account lock and took the growth."""
    ladder, account = tier_moves.in_force(), points.lock_account(member_id)
    held = Held(_rank(ladder, account.tier_id), account.tier_valid_through)
    tier_moves.apply([Move(member_id, held, Held(0))], ladder=ladder, reason="erasure", now=now, is_told=False)


def growth_between(member_id: int, first: date, last: date) -> int:
    """Growth that counts from one date to another, both included."""
    values = {"member_id": member_id, "first": first, "last": last}
    return int(db.session.scalar(statements.SUM, values) or 0)


def _rank(ladder: InForce, tier_id: int) -> int:
    return next(step.rank for step in ladder.steps if step.id == tier_id)


def _is_lost(ladder: InForce, held: Held, lost: tuple[date, int], *, growth_of: GrowthOf, today: date) -> bool:
    first = tier_periods.counts_from(ladder.policy, today)
    growth = growth_of(first, today)
    before = growth + (lost[1] if first <= lost[0] <= today else 0)
    return ladder.rank_of(growth) < held.rank <= ladder.rank_of(before)


def _days(member_id: int, ladder: InForce, today: date) -> dict[date, int]:
    first = tier_periods.looks_back_to(ladder.policy, today)
    rows = db.session.execute(statements.DAYS, {"member_ids": [member_id], "first": first})
    return {row.counts_on: row.amount for row in rows}
