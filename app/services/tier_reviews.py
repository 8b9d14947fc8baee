"""Tiers whose time is over are kept or lowered; before that, members are told. Late, early or twice ends the same (I12).

Reads do not wait for the review: growth booked in between reviews its member first. Reasons: docs/domain/tiers.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.extensions import db
from app.rules import tier_periods, tier_review
from app.rules.tier_review import Held, InForce
from app.services import member_events, programmes, tier_moves
from app.services.tier_moves import Move
from app.statements import growth as growth_statements
from app.statements import tier_reviews as statements


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many were looked at, and how many of them hold another tier now."""

    looked_at: int
    moved: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the walk over ending tiers stands: the last one seen."""

    through: date
    member_id: int


def review_due(*, now: datetime, limit: int) -> Reviewed:
    """Review at most `limit` members whose tier and grace are over; call again in a new transaction until none is left."""
    ladder, today = tier_moves.in_force(), programmes.business_date(now)
    if ladder.policy.is_for_life:
        return Reviewed(0, 0)
    before = today - timedelta(days=ladder.policy.grace_days)
    rows = db.session.execute(statements.DUE, {"before": before, "limit": limit}).all()
    if not rows:
        return Reviewed(0, 0)
    earliest = tier_periods.counts_from(ladder.policy, min(row.tier_valid_through for row in rows))
    grown, ranks = _growth_by_member(rows, first=earliest), _ranks(ladder)
    moves = []
    for row in rows:
        held = Held(ranks[row.tier_id], row.tier_valid_through)
        growth_of = tier_review.by_dates(grown.get(row.member_id, {}))
        moves.append(Move(row.member_id, held, tier_review.settled(ladder, held, growth_of=growth_of, today=today)))
    moved = tier_moves.apply(moves, ladder=ladder, reason="review", now=now)
    return Reviewed(len(rows), moved)


def announce_drops(*, now: datetime, after: Cursor | None, limit: int) -> tuple[int, Cursor | None]:
    """Tell members whose tier ends soon and is not earned again, once per end; how many, and where to go on (None: done).

    Under a ladder that keeps tiers nobody is told.
    """
    ladder, today = tier_moves.in_force(), programmes.business_date(now)
    policy = ladder.policy
    if policy.is_for_life or policy.downgrade == "keep":
        return 0, None
    rows = db.session.execute(
        statements.ENDING,
        {
            "first": today - timedelta(days=policy.grace_days),
            "last": today + timedelta(days=policy.notice_days),
            "after_date": date.min if after is None else after.through,
            "after_id": 0 if after is None else after.member_id,
            "limit": limit,
        },
    ).all()
    if not rows:
        return 0, None
    earliest = tier_periods.counts_from(policy, min(row.tier_valid_through for row in rows))
    grown, ranks = _growth_by_member(rows, first=earliest), _ranks(ladder)
    told = 0
    for row in rows:
        growth_of = tier_review.by_dates(grown.get(row.member_id, {}))
        details = _drop(ladder, ranks[row.tier_id], row.tier_valid_through, growth_of)
        if details is not None:
            occurrence = row.tier_valid_through.isoformat()
            told += member_events.record(
                row.member_id, kind="tier_will_drop", occurrence=occurrence, details=details, now=now
            )
    return told, Cursor(rows[-1].tier_valid_through, rows[-1].member_id)


def _drop(ladder: InForce, rank: int, through: date, growth_of: tier_review.GrowthOf) -> dict[str, Any] | None:
    """What a member is told; None when the tier is earned again already."""
    first, last = tier_periods.counts_from(ladder.policy, through), tier_periods.last_chance(ladder.policy, through)
    growth = growth_of(first, last)
    lower = tier_review.after_review(ladder.policy.downgrade, rank, qualified=ladder.rank_of(growth))
    if lower >= rank:
        return None
    return {
        "from": ladder.steps[rank].code,
        "to": ladder.steps[lower].code,
        "valid_through": through.isoformat(),
        "last_chance": last.isoformat(),
        "growth_needed": ladder.steps[rank].growth_threshold - growth,
    }


def _growth_by_member(rows: Sequence[Row[Any]], *, first: date) -> dict[int, dict[date, int]]:
    values = {"member_ids": [row.member_id for row in rows], "first": first}
    found: dict[int, dict[date, int]] = {}
    for row in db.session.execute(growth_statements.DAYS, values):
        found.setdefault(row.member_id, {})[row.counts_on] = row.amount
    return found


def _ranks(ladder: InForce) -> dict[int, int]:
    return {step.id: step.rank for step in ladder.steps}
