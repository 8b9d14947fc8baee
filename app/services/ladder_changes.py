"""What a ladder would do to every member, and doing it: the same rule, first asked, then carried out in chunks."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Ladder
from app.rules import tier_periods, tier_review
from app.rules.tier_review import Held, InForce
from app.services import ladders, programmes, tier_moves
from app.services.tier_moves import Move
from app.statements import growth as growth_statements
from app.statements import ladders as statements

MAX_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """How many members hold one tier and would hold the other."""

    from_code: str
    to_code: str
    members: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A member who would move; `growth` is what counts under the ladder tried. The name is masked."""

    member_id: UUID
    name: str
    from_code: str
    to_code: str
    growth: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The whole matrix, stayers included, and at most twenty members who would move."""

    cells: list[Cell]
    samples: list[Sample]


def simulate(ladder: Ladder, *, now: datetime) -> Simulation:
    """Who would move if the ladder were put in force now. Nothing is changed."""
    today = programmes.business_date(now)
    policy = ladders.policy_of(ladder)
    codes = sorted(ladder.thresholds, key=ladder.thresholds.__getitem__)
    rows = db.session.execute(
        statements.SIMULATE,
        {
            "for_life": policy.is_for_life,
            "first": tier_periods.counts_from(policy, today),
            "today": today,
            "thresholds": [ladder.thresholds[code] for code in codes],
            "downgrade": policy.downgrade,
            "samples": MAX_SAMPLES,
        },
    ).all()
    return Simulation(
        [Cell(codes[row.from_rank], codes[row.to_rank], row.members) for row in rows if row.public_id is None],
        [
            Sample(row.public_id, _masked(row.nickname), codes[row.from_rank], codes[row.to_rank], row.growth)
            for row in rows
            if row.public_id is not None
        ],
    )


def settle_next(*, now: datetime, limit: int) -> tuple[int, int] | None:
    """Move the next `limit` members onto a ladder just put in force; (looked at, moved), or None when all stand on it."""
    ladder = db.session.scalars(
        select(Ladder)
        .where(Ladder.status == "active", Ladder.settling_after_id.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if ladder is None:
        return None
    accounts = db.session.execute(statements.NEXT_ACCOUNTS, {"after": ladder.settling_after_id, "limit": limit}).all()
    in_force, today = tier_moves.in_force(), programmes.business_date(now)
    ranks = {step.id: step.rank for step in in_force.steps}
    counted = _qualifying([row.member_id for row in accounts], in_force, today)
    moves = []
    for row in accounts:
        held = Held(ranks[row.tier_id], row.tier_valid_through)
        growth = row.growth_value if in_force.policy.is_for_life else counted.get(row.member_id, 0)
        after = tier_review.moved_to(in_force, held, qualified=in_force.rank_of(growth), today=today)
        moves.append(Move(row.member_id, held, after))
    moved = tier_moves.apply(moves, ladder=in_force, reason="ladder", now=now)
    ladder.settling_after_id = accounts[-1].member_id if len(accounts) == limit else None
    return len(accounts), moved


def _qualifying(member_ids: list[int], ladder: InForce, today: date) -> dict[int, int]:
    if ladder.policy.is_for_life or not member_ids:
        return {}
    first = tier_periods.counts_from(ladder.policy, today)
    found: dict[int, int] = {}
    for row in db.session.execute(growth_statements.DAYS, {"member_ids": member_ids, "first": first}):
        if row.counts_on <= today:
            found[row.member_id] = found.get(row.member_id, 0) + row.amount
    return found


def _masked(nickname: str) -> str:
    return nickname[:1] + "**"
