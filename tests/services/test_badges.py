"""Achievement badges: reached once, told once, kept for good; a tick catches what no event brings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import NameTaken
from app.models import Badge, Purchase, PurchaseLine, PurchaseRefund
from app.rules.badge_rules import FACTS
from app.services import badges, check_ins, first_badges, merges, verification
from app.services.badges import Achievement
from app.transaction import transaction
from jobs.award_badges import award_badges
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.members import make_member


def buy(session: Session, member_id: int, *, fen: int = 10_000, category: str = "", order_no: str = "1") -> Purchase:
    """A paid bill, as the till would have it."""
    bought = Purchase(member_id=member_id, channel="shop", order_no=order_no, bill_fen=fen, occurred_at=NOON)
    session.add(bought)
    session.flush()
    session.add(PurchaseLine(purchase_id=bought.id, line_no=1, sku="a", category=category, quantity=1, amount_fen=fen))
    session.flush()
    return bought


def seen(member_id: int, *, now: datetime = NOON) -> dict[str, Achievement]:
    return {one.code: one for one in badges.list_achievements(member_id, now=now)}


def told(session: Session, member_id: int) -> list[str]:
    query = "SELECT occurrence FROM member_event WHERE member_id = :m AND kind = 'badge_awarded' ORDER BY 1"
    return list(session.scalars(text(query), {"m": member_id}))


def test_a_badge_is_awarded_once_when_its_fact_reaches_the_target(db_session: Session) -> None:
    member = make_member()
    assert badges.award(member.id, facts=FACTS, now=NOON) == []
    buy(db_session, member.id)
    assert badges.award(member.id, facts={"purchases", "spent_fen", "categories"}, now=NOON) == ["first_purchase"]
    assert badges.award(member.id, facts=FACTS, now=NOON + timedelta(days=1)) == []
    mine = seen(member.id)
    assert (mine["first_purchase"].awarded_at, mine["first_purchase"].progress_bp) == (NOON, 10_000)
    regular, patron = mine["regular"], mine["patron"]
    assert (regular.current, regular.target, regular.progress_bp, regular.awarded_at) == (1, 10, 1_000, None)
    assert (patron.current, patron.progress_bp) == (10_000, 1_000)
    assert told(db_session, member.id) == ["first_purchase"]


def test_only_the_facts_asked_for_are_looked_at(db_session: Session) -> None:
    member = make_member()
    buy(db_session, member.id)
    assert badges.award(member.id, facts={"streak", "check_ins"}, now=NOON) == []


def test_a_badge_outlives_its_fact(db_session: Session) -> None:
    member = make_member()
    bought = buy(db_session, member.id)
    badges.award(member.id, facts=FACTS, now=NOON)
    bought.refunded_fen, bought.status = bought.bill_fen, "refunded"
    db_session.add(
        PurchaseRefund(
            purchase_id=bought.id, refund_no="r", amount_fen=bought.bill_fen, occurred_at=NOON, recorded_at=NOON
        )
    )
    db_session.flush()
    after = seen(member.id)["first_purchase"]
    assert (after.current, after.progress_bp, after.awarded_at) == (0, 10_000, NOON)


def test_each_fact_counts_what_it_says(db_session: Session, standing_clock: Clock) -> None:
    member = make_member(now=datetime(2025, 8, 31, 2, 0, tzinfo=UTC))
    for number, category in enumerate(("tea", "cake", "tea", "")):
        buy(db_session, member.id, fen=2_500, category=category, order_no=str(number))
    for days in (0, 1, 2):
        check_ins.check_in(member.id, now=standing_clock.move(days=days))
    # 23 November: 14 whole months since 31 August of last year; on 30 November it is 15.
    facts = {one.fact: one.current for one in badges.list_achievements(member.id, now=standing_clock.now)}
    assert facts == {
        "purchases": 4,
        "spent_fen": 10_000,
        "categories": 2,
        "streak": 2,
        "check_ins": 3,
        "member_months": 14,
    }
    later = badges.list_achievements(member.id, now=standing_clock.move(days=7))
    assert {one.current for one in later if one.fact == "member_months"} == {15}


def test_seven_days_in_a_row_bring_their_badge_with_the_check_in(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    for _ in range(7):
        check_ins.check_in(member.id, now=standing_clock.now)
        standing_clock.move(days=1)
    assert told(db_session, member.id) == ["streak_7"]


def test_a_new_badge_reaches_those_who_have_earned_it_already(committed_db: CommittedDatabase) -> None:
    with committed_db.session() as session:
        with transaction():
            members = [make_member() for _ in range(3)]
            for number, member in enumerate(members[:2]):
                buy(session, member.id, fen=50_000, order_no=str(number))
            ids = [member.id for member in members]
        award_badges(now=NOON)
        with transaction():
            badges.create({**NEW, "code": "big", "target": 50_000}, actor=Actor.system(), now=NOON)
        assert award_badges(now=NOON) == {"looked_at": 3, "awarded": 2}
        assert award_badges(now=NOON) == {"looked_at": 0, "awarded": 0}
        assert [told(session, member_id) for member_id in ids] == [["big", "first_purchase"]] * 2 + [[]]
        assert [finding for finding in verification.check_all() if finding.broken] == []


def test_a_sweep_goes_on_where_it_stopped(db_session: Session) -> None:
    members = [make_member() for _ in range(5)]
    for number, member in enumerate(members):
        buy(db_session, member.id, order_no=str(number))
    steps = []
    while (settled := badges.settle_next(now=NOON, limit=2)) is not None:
        steps.append((settled.looked_at, settled.awarded))
    # Ten badges, the members in twos; only the first purchase is reached.
    assert steps == [(2, 2), (2, 2), (1, 1)] + [(2, 0), (2, 0), (1, 0)] * 9
    assert {tuple(told(db_session, member.id)) for member in members} == {("first_purchase",)}


@pytest.mark.parametrize(
    ("joined", "comes"),
    [
        (date(2025, 11, 25), date(2026, 11, 25)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_year_of_membership_is_noticed_on_its_day_also_late(
    db_session: Session, standing_clock: Clock, joined: date, comes: date
) -> None:
    at = datetime(joined.year, joined.month, joined.day, 15, 59, tzinfo=UTC)
    member = make_member(now=at)
    start = datetime(comes.year, comes.month, comes.day, 2, 0, tzinfo=UTC)
    db_session.execute(
        text("UPDATE badge SET settling_after_id = NULL, months_through = :d"), {"d": comes - timedelta(days=3)}
    )
    for late, expected in ((-1, []), (0, ["year_1"]), (0, ["year_1"]), (40, ["year_1"])):
        while badges.award_months(now=start + timedelta(days=late)) is not None:
            pass
        assert told(db_session, member.id) == expected
    # The same by the member's own facts.
    months = {one.current for one in badges.list_achievements(member.id, now=start) if one.fact == "member_months"}
    assert months == {12}


def test_a_tick_a_month_late_finds_everybody(db_session: Session) -> None:
    joined = [datetime(2025, 11, day, 2, 0, tzinfo=UTC) for day in (1, 15, 30)]
    ids = [make_member(now=at).id for at in joined]
    db_session.execute(text("UPDATE badge SET settling_after_id = NULL, months_through = '2026-11-10'"))
    while badges.award_months(now=datetime(2026, 12, 10, 2, 0, tzinfo=UTC)) is not None:
        pass
    # The first had the day before the last look: what was looked at is not looked at again.
    assert [told(db_session, member_id) for member_id in ids] == [[], ["year_1"], ["year_1"]]


def test_two_who_become_one_have_the_badges_of_both(db_session: Session) -> None:
    kept, merged = make_member(), make_member()
    for number, (member, at) in enumerate(((kept, NOON), (merged, NOON - timedelta(days=9)))):
        buy(db_session, member.id, fen=50_000, order_no=str(number))
        badges.award(member.id, facts=FACTS, now=at)
    merges.lock_accounts(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    mine = seen(kept.id)
    assert mine["first_purchase"].awarded_at == NOON - timedelta(days=9)
    # Together they have spent a thousand yuan.
    assert mine["patron"].awarded_at == NOON


NEW = {"name": "大客", "name_en": "Big", "fact": "spent_fen", "emblem": "gem"}


def test_what_a_badge_counts_is_unique_and_a_stopped_one_stays_with_its_members(db_session: Session) -> None:
    member = make_member()
    badge = badges.create({**NEW, "code": "big", "target": 500}, actor=Actor.system(), now=NOON)
    for values in ({**NEW, "code": "big", "target": 501}, {**NEW, "code": "bigger", "target": 500}):
        with pytest.raises(NameTaken):
            badges.create(values, actor=Actor.system(), now=NOON)
    buy(db_session, member.id)
    assert badges.award(member.id, facts=FACTS, now=NOON) == ["first_purchase", "big"]
    badges.change(badge.public_id, {"is_active": False}, actor=Actor.system(), now=NOON)
    other = make_member()
    buy(db_session, other.id, order_no="2")
    assert badges.award(other.id, facts=FACTS, now=NOON) == ["first_purchase"]
    assert ("big" in seen(member.id), "big" in seen(other.id)) == (True, False)
    # Given out again: whoever reached it meanwhile is looked for.
    badges.change(badge.public_id, {"is_active": True}, actor=Actor.system(), now=NOON)
    assert award_all() == 1


def award_all() -> int:
    total = 0
    while (settled := badges.settle_next(now=NOON, limit=100)) is not None:
        total += settled.awarded
    return total


def test_badges_can_neither_be_taken_away_nor_dated_later(db_session: Session) -> None:
    member = make_member()
    buy(db_session, member.id)
    badges.award(member.id, facts=FACTS, now=NOON)
    for statement in (
        "UPDATE member_badge SET awarded_at = awarded_at + interval '1 day'",
        "UPDATE member_event SET details = '{}'",
        "DELETE FROM member_badge",
    ):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"), db_session.begin_nested():
            db_session.execute(text(statement))


def test_the_first_badges_are_written_once(db_session: Session) -> None:
    assert first_badges.add_missing(now=NOON) == 0
    db_session.execute(text("UPDATE badge SET code = 'renamed', target = 2 WHERE code = 'first_purchase'"))
    assert first_badges.add_missing(now=NOON) == 1
    assert db_session.query(Badge).count() == len(first_badges.BADGES) + 1
