"""Figures of members' purchases: counted in passes that may stop anywhere, the same however often, and as the rule says."""

import itertools
import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import LifecycleInvalid
from app.models import FigureRefresh, Member, MemberFigure
from app.rules import lifecycle
from app.services import figures, programmes
from app.statements import figures as statements
from jobs import refresh_figures as job
from jobs.refresh_figures import refresh_figures
from tests.factories import segment_world
from tests.factories.earning import make_purchase
from tests.factories.members import make_member
from tests.services.segment_evaluator import Books

THRESHOLDS = {
    "new_days": 9,
    "at_risk_days": 12,
    "lapsed_days": 20,
    "lost_days": 45,
    "won_back_days": 6,
    "loyal_purchases": 3,
}


def figure(member: Member) -> MemberFigure:
    from app.extensions import db

    return db.session.get_one(MemberFigure, member.id, populate_existing=True)


def expected(member: Member, books: Books) -> tuple[object, ...]:
    """What a member's figures are, in plain Python."""
    bills = sorted(
        (bill for bill in books.bills[member.id] if bill.status == "paid" and bill.occurred_at <= books.now),
        key=lambda bill: (bill.occurred_at, bill.id),
    )
    days: list[date] = [books.day(bill.occurred_at) for bill in bills]
    paid = [bill.bill_fen - bill.discount_fen - bill.refunded_fen for bill in bills]
    returns = [on for before, on in itertools.pairwise(days) if (on - before).days > THRESHOLDS["lapsed_days"]]
    recent = [number for number, on in enumerate(days) if (books.today - on).days < 365]
    first, last = (days[0], days[-1]) if days else (None, None)
    returned = returns[-1] if returns else None
    stage = lifecycle.stage_of(
        lifecycle.Figures(
            joined_on=books.day(member.joined_at),
            first_purchase_on=first,
            last_purchase_on=last,
            returned_on=returned,
            purchases_year=len(recent),
        ),
        thresholds=lifecycle.parse(THRESHOLDS),
        today=books.today,
    )
    return first, last, returned, len(days), sum(paid), len(recent), sum(paid[number] for number in recent), stage


def test_sql_and_python_count_alike(db_session: Session, now: datetime) -> None:
    segment_world.build(members=60, seed=7, now=now)
    programmes.update({"lifecycle": THRESHOLDS}, actor=Actor.system(), now=now)
    for row in db_session.scalars(select(MemberFigure)):
        db_session.delete(row)
    db_session.flush()
    books = Books(now)
    figures.count([member.id for member in books.members], now=now)
    stages = set[str]()
    for member in books.members:
        row = figure(member)
        stages.add(row.stage)
        assert (
            row.first_purchase_on,
            row.last_purchase_on,
            row.returned_on,
            row.purchases,
            row.spent_fen,
            row.purchases_year,
            row.spent_year_fen,
            row.stage,
        ) == expected(member, books)
    assert stages == set(lifecycle.STAGES)


def test_a_pass_goes_on_where_it_stopped_and_finds_the_same_twice(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK", 2)
    monkeypatch.setattr(job, "MAX_CHUNKS", 2)
    people = [make_member(now=now - timedelta(days=1)) for _ in range(5)]
    for person in people:
        make_purchase(person, now=now)
    assert refresh_figures(now=now)["looked_at"] == 4
    assert len(db_session.scalars(select(MemberFigure)).all()) == 4
    state = db_session.scalars(select(FigureRefresh)).one()
    assert state.after_member_id == people[3].id
    monkeypatch.setattr(job, "MAX_CHUNKS", 9)
    # The last of them, and the fifths of all.
    assert refresh_figures(now=now) == {"looked_at": 1, "changed": 6}
    assert refresh_figures(now=now) == {"looked_at": 0, "changed": 0}
    tomorrow = now + timedelta(days=1)
    assert refresh_figures(now=tomorrow) == {"looked_at": 5, "changed": 0}
    assert state.day == programmes.business_date(tomorrow)


def test_a_purchase_is_seen_within_the_day_and_a_stage_that_ages_the_next(db_session: Session, now: datetime) -> None:
    member, other = make_member(now=now - timedelta(days=70)), make_member(now=now - timedelta(days=70))
    refresh_figures(now=now)
    assert figure(member).stage == "at_risk"
    make_purchase(member, now=now)
    assert refresh_figures(now=now) == {"looked_at": 1, "changed": 1}
    row = figure(member)
    assert (row.stage, row.previous_stage, row.stage_since) == ("new", "at_risk", programmes.business_date(now))
    assert figure(other).previous_stage is None
    later = now + timedelta(days=61)
    refresh_figures(now=later)
    row = figure(member)
    assert (row.stage, row.previous_stage, row.stage_since) == ("at_risk", "new", programmes.business_date(later))
    assert refresh_figures(now=later) == {"looked_at": 0, "changed": 0}


def test_fifths_of_the_shop(db_session: Session, now: datetime) -> None:
    people = [make_member(now=now - timedelta(days=90)) for _ in range(11)]
    chance = random.Random(3)
    for number, person in enumerate(people[:10]):
        for _ in range(chance.choice((1, 1, 2, 3))):
            make_purchase(person, paid_fen=1_000 * (number + 1), now=now - timedelta(days=40 - number))
    refresh_figures(now=now)
    rows = [figure(person) for person in people[:10]]
    assert [row.recency for row in rows] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    for row in rows:
        below = sum(other.purchases_year < row.purchases_year for other in rows)
        spent_less = sum(other.spent_year_fen < row.spent_year_fen for other in rows)
        assert (row.frequency, row.money) == (1 + below * 5 // 10, 1 + spent_less * 5 // 10)
    assert figure(people[10]).recency is None
    assert db_session.execute(statements.SCORE).scalar_one() == 0


def test_what_was_undone_counts_no_more_in_the_next_pass(db_session: Session, now: datetime) -> None:
    member = make_member(now=now)
    bill = make_purchase(member, now=now)
    refresh_figures(now=now)
    bill.status, bill.refunded_fen = "voided", 0
    db_session.flush()
    refresh_figures(now=now + timedelta(days=1))
    row = figure(member)
    assert (row.purchases, row.spent_fen, row.recency, row.first_purchase_on) == (0, 0, None, None)


def test_thresholds_that_divide_nothing_never_reach_the_programme(db_session: Session, now: datetime) -> None:
    with pytest.raises(LifecycleInvalid):
        programmes.update({"lifecycle": {"lost_days": 1}}, actor=Actor.system(), now=now)
