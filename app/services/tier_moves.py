"""Moving members between tiers: account, history, events and upgrade gifts change together, for one member or for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.errors import Unavailable
from app.extensions import db
from app.models import MemberAccount
from app.rules.coupon_automation import Happening
from app.rules.tier_ladder import Step
from app.rules.tier_periods import Policy
from app.rules.tier_review import Held, InForce
from app.services import coupon_owing, programmes
from app.services.coupon_owing import Occurrence
from app.statements import tier_moves as statements

# A tier for life gives its upgrade gift once; with periods, once a calendar year.
GIFT_FOR_LIFE = "life"


@dataclass(frozen=True, slots=True)
class Move:
    """One member's tier before and after; equal ranks change the last date alone."""

    member_id: int
    before: Held
    after: Held


def in_force() -> InForce:
    """The ladder that decides now, read afresh. An installation without one has its tiers for life.

    Raises Unavailable before `flask init` has written the tiers.
    """
    rows = db.session.execute(statements.IN_FORCE).all()
    if not rows:
        raise Unavailable(reason="not_initialised", retry_after_seconds=60)
    steps = tuple(Step(row.id, row.code, row.rank, row.growth_threshold) for row in rows)
    if rows[0].qualification is None:
        return InForce(steps, Policy())
    names = ("qualification", "qualification_months", "validity_months", "downgrade", "grace_days", "notice_days")
    first = rows[0]
    return InForce(steps, Policy(*(getattr(first, name) for name in names)), first.settling_after_id)


def apply(moves: Sequence[Move], *, ladder: InForce, reason: str, now: datetime, is_told: bool = True) -> int:
    """Carry out what changes; returns how many members changed tier. The caller holds the account locks.

    `is_told` False: no event and no gift.
    """
    changed = [move for move in moves if move.before != move.after]
    if not changed:
        return 0
    values = {"now": now, "reason": reason}
    db.session.flush()  # the statements go past the session, and must see what this transaction changed so far
    db.session.execute(statements.ACCOUNTS, _wanted(ladder, changed))
    _forget(changed)
    moved = [move for move in changed if move.before.rank != move.after.rank]
    if moved:
        wanted = {**_wanted(ladder, moved), **values}
        db.session.execute(statements.HISTORY_REPLACE, wanted)
        db.session.execute(statements.HISTORY_CLOSE, wanted)
        db.session.execute(statements.HISTORY_OPEN, wanted)
        if is_told:
            _tell(ladder, moved, reason=reason, now=now)
            _owe(ladder, moved, now=now)
    return len(moved)


def gift_period(policy: Policy, on: date) -> str:
    """What "once" means for an upgrade gift on a date."""
    return GIFT_FOR_LIFE if policy.is_for_life else str(on.year)


def _wanted(ladder: InForce, moves: Sequence[Move]) -> dict[str, object]:
    return {
        "member_ids": [move.member_id for move in moves],
        "tier_ids": [ladder.steps[move.after.rank].id for move in moves],
        "throughs": [move.after.through for move in moves],
    }


def _tell(ladder: InForce, moves: Sequence[Move], *, reason: str, now: datetime) -> None:
    db.session.execute(
        statements.EVENTS,
        {
            "member_ids": [move.member_id for move in moves],
            "kinds": ["tier_up" if move.after.rank > move.before.rank else "tier_down" for move in moves],
            "from_codes": [ladder.steps[move.before.rank].code for move in moves],
            "to_codes": [ladder.steps[move.after.rank].code for move in moves],
            "instant": now.isoformat(),
            "reason": reason,
            "business_date": programmes.business_date(now),
            "now": now,
        },
    )


def _owe(ladder: InForce, moves: Sequence[Move], *, now: datetime) -> None:
    """The tier's own gift, and the coupons automations bring for reaching it: once per tier and period."""
    up = [move for move in moves if move.after.rank > move.before.rank]
    if not up:
        return
    period = gift_period(ladder.policy, programmes.business_date(now))
    db.session.execute(statements.UPGRADE_GIFTS, {**_wanted(ladder, up), "period": period, "now": now})
    reached = [(move.member_id, ladder.steps[move.after.rank].code) for move in up]
    occurrences = [
        Occurrence(member_id=member_id, name=f"tier:{code}:{period}", happening=Happening(tier_code=code))
        for member_id, code in reached
    ]
    coupon_owing.owe("tier_up", occurrences, now=now)


def _forget(moves: Sequence[Move]) -> None:
    """What the session remembers of these accounts is old."""
    known = {move.member_id for move in moves}
    for row in db.session.identity_map.values():
        if isinstance(row, MemberAccount) and row.member_id in known:
            db.session.expire(row, ["tier_id", "tier_valid_through"])
