"""Ladders: drafted, tried, put in force; what the trial says is what happens (S4, I12)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import InvalidInput, LadderNotDraft, LadderOverlaps, LadderSettling
from app.models import AuditEntry, Ladder, MemberAccount, Tier
from app.services import growth, ladder_changes, ladders, tiers
from jobs.settle_ladder import settle_ladder
from tests.conftest import Clock
from tests.factories.ladders import THRESHOLDS, draft, put_in_force
from tests.factories.members import make_member
from tests.services.test_tiers import history

SYSTEM = Actor.system()
CODES = ("basic", "silver", "gold", "diamond")


def codes_of(db_session: Session) -> dict[int, str]:
    rows = db_session.execute(select(MemberAccount.member_id, Tier.code).join(Tier, Tier.id == MemberAccount.tier_id))
    return {row.member_id: row.code for row in rows}


def test_an_installation_begins_with_one_ladder_for_life(db_session: Session, now: datetime) -> None:
    active = db_session.scalars(select(Ladder).where(Ladder.status == "active")).one()
    assert (active.qualification, active.thresholds) == ("lifetime", dict(THRESHOLDS))
    assert ladders.add_missing(now=now) == 0


@pytest.mark.parametrize(
    ("thresholds", "reason", "codes"),
    [
        ({"basic": 0, "silver": 10, "gold": 20}, "missing", ["diamond"]),
        ({**THRESHOLDS, "black": 9_000}, "unknown", ["black"]),
        ({**THRESHOLDS, "basic": 1}, "not_from_zero", ["basic"]),
        ({**THRESHOLDS, "gold": 200}, "not_rising", ["silver", "gold"]),
        ({**THRESHOLDS, "diamond": 999}, "not_rising", ["gold", "diamond"]),
    ],
)
def test_thresholds_that_overlap_are_refused(
    db_session: Session, now: datetime, thresholds: dict[str, int], reason: str, codes: list[str]
) -> None:
    with pytest.raises(LadderOverlaps) as refused:
        draft(now=now, thresholds=thresholds)
    assert refused.value.data == {"reason": reason, "codes": codes}


@pytest.mark.parametrize(
    "changes",
    [
        {"qualification": "lifetime", "qualification_months": 12},
        {"qualification": "rolling", "qualification_months": 12, "validity_months": None},
        {"qualification": "calendar_year", "qualification_months": None, "validity_months": 12},
    ],
)
def test_months_belong_to_a_rolling_ladder(db_session: Session, now: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        draft(now=now, **{"qualification_months": None, "validity_months": None, **changes})


def test_one_ladder_at_a_time_and_only_a_draft(db_session: Session, now: datetime) -> None:
    make_member()
    first, second = draft(now=now), draft(now=now)
    ladders.activate(first.public_id, actor=SYSTEM, now=now)
    with pytest.raises(LadderSettling):
        ladders.activate(second.public_id, actor=SYSTEM, now=now)
    rung = {"code": "black", "name": "黑卡", "name_en": "Black", "colour": "#000000", "emblem": "crown"}
    with pytest.raises(LadderSettling):
        tiers.add_rung({**rung, "growth_threshold": 9_001}, actor=SYSTEM, now=now)
    settle_ladder(now=now)
    tiers.add_rung({**rung, "growth_threshold": 9_001}, actor=SYSTEM, now=now)
    assert first.thresholds["black"] == 9_001
    with pytest.raises(LadderOverlaps):
        ladders.activate(second.public_id, actor=SYSTEM, now=now)
    with pytest.raises(LadderNotDraft) as refused:
        ladders.activate(first.public_id, actor=SYSTEM, now=now)
    assert refused.value.data == {"status": "active"}
    statuses = Counter(db_session.scalars(select(Ladder.status)))
    assert statuses == {"retired": 1, "active": 1, "draft": 1}
    actions = Counter(db_session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("ladder.%"))))
    assert actions == {"ladder.create": 2, "ladder.activate": 1}


@pytest.mark.parametrize(
    "policy",
    [
        {"qualification": "lifetime", "qualification_months": None, "validity_months": None},
        {"downgrade": "keep"},
        {"downgrade": "one_down"},
        {"downgrade": "balance_based"},
        {"qualification": "calendar_year", "qualification_months": None, "validity_months": None},
    ],
    ids=lambda policy: "-".join(str(value) for value in policy.values()),
)
def test_what_the_trial_says_is_what_happens(
    db_session: Session, standing_clock: Clock, policy: dict[str, Any]
) -> None:
    now = standing_clock.now
    for amount in (0, 40, 199, 200, 500, 999, 1000, 4999, 5000, 9000):
        for years in (0, 1):
            member = make_member(nickname=f"小{amount}")
            # Half of them earned it before the period that counts.
            growth.add(member.id, amount=amount, source="a", now=now, occurred_at=now - timedelta(days=400 * years))
            growth.add(member.id, amount=30, source="b", now=now)
    before = codes_of(db_session)
    tried = draft(now=now, thresholds={"basic": 0, "silver": 50, "gold": 1000, "diamond": 8000}, **policy)
    said = ladder_changes.simulate(tried, now=now)
    assert codes_of(db_session) == before
    assert {rung.code: rung.growth_threshold for rung in tiers.ladder()} == THRESHOLDS
    put_in_force(tried, now=now, chunk=7)
    after = codes_of(db_session)
    happened = Counter((before[member_id], after[member_id]) for member_id in before)
    assert {(cell.from_code, cell.to_code): cell.members for cell in said.cells} == happened
    movers = sum(count for (one, other), count in happened.items() if one != other)
    assert movers > 0
    assert len(said.samples) == min(movers, ladder_changes.MAX_SAMPLES)
    assert all(sample.name == "小**" for sample in said.samples)
    assert {rung.code: rung.growth_threshold for rung in tiers.ladder()} == tried.thresholds
    for member_id in before:
        kept = [(before[member_id], True)] if before[member_id] == after[member_id] else [(after[member_id], True)]
        assert history(db_session, member_id)[-1:] == kept


def test_settling_goes_on_where_it_stopped_and_only_once(db_session: Session, now: datetime) -> None:
    members = [make_member() for _ in range(5)]
    for member in members:
        growth.add(member.id, amount=300, source="a", now=now)
    tried = draft(now=now)
    ladders.activate(tried.public_id, actor=SYSTEM, now=now)
    assert ladder_changes.settle_next(now=now, limit=2) == (2, 0)
    assert tried.settling_after_id == members[1].id
    throughs = select(MemberAccount.tier_valid_through).order_by(MemberAccount.member_id)
    assert [through is None for through in db_session.scalars(throughs)] == [False, False, True, True, True]
    assert [settle_ladder(now=now) for _ in range(2)] == [
        {"looked_at": 3, "moved": 0},
        {"looked_at": 0, "moved": 0},
    ]
    assert tried.settling_after_id is None
