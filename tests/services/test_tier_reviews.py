"""Tiers with a time: earned, sure for a while, kept or lowered by the ladder's word (S4, I12)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import MemberAccount, MemberEvent, Programme
from app.services import growth, tiers
from jobs.notify_tier_drops import notify_tier_drops
from jobs.review_tiers import review_tiers
from tests.conftest import Clock
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member
from tests.services.test_tiers import history

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = {"qualification": "calendar_year", "qualification_months": None, "validity_months": None}


def at(text: str, *, hour: int = 12) -> datetime:
    """Noon of a date in Shanghai, as UTC."""
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).astimezone(UTC)


def stands(db_session: Session, member_id: int) -> tuple[str, str | None]:
    row = db_session.execute(
        select(MemberAccount.tier_id, MemberAccount.tier_valid_through).where(MemberAccount.member_id == member_id)
    ).one()
    code = next(tier.code for tier in tiers.ladder() if tier.id == row.tier_id)
    return code, row.tier_valid_through and row.tier_valid_through.isoformat()


def begin(clock: Clock, day: str, **policy: Any) -> int:
    """A member on the day, under a ladder of this policy; its key."""
    now = clock.set(at(day))
    put_in_force(now=now, **policy)
    return make_member(now=now - timedelta(hours=1)).id


def earn(member_id: int, amount: int, day: str, *, name: str = "", **when: Any) -> None:
    growth.add(member_id, amount=amount, source=name or f"bill:{day}", now=at(day), **when)


def test_up_at_once_and_kept_when_earned_again(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22")
    earn(member, 1000, "2026-11-22")
    assert stands(db_session, member) == ("gold", "2027-11-22")
    earn(member, 1000, "2027-06-01")
    assert stands(db_session, member) == ("gold", "2027-11-22")
    assert review_tiers(now=at("2027-11-22")) == {"reviewed": 0, "moved": 0}
    assert review_tiers(now=at("2027-11-23")) == {"reviewed": 1, "moved": 0}
    assert review_tiers(now=at("2027-11-23")) == {"reviewed": 0, "moved": 0}
    assert stands(db_session, member) == ("gold", "2028-11-22")
    assert history(db_session, member) == [("basic", False), ("gold", True)]


@pytest.mark.parametrize(
    ("downgrade", "later", "expected"),
    [
        ("keep", 0, ("diamond", "2028-11-22")),
        ("one_down", 0, ("gold", "2028-11-22")),
        ("balance_based", 0, ("basic", None)),
        ("balance_based", 300, ("silver", "2028-11-22")),
        ("one_down", 300, ("gold", "2028-11-22")),
        ("one_down", 5000, ("diamond", "2028-11-22")),
    ],
)
def test_what_is_not_earned_again_goes_by_the_ladders_word(
    db_session: Session, standing_clock: Clock, downgrade: str, later: int, expected: tuple[str, str | None]
) -> None:
    member = begin(standing_clock, "2026-11-22", downgrade=downgrade)
    earn(member, 5000, "2026-11-22")
    earn(member, later, "2027-09-01")
    review_tiers(now=at("2027-11-23"))
    assert stands(db_session, member) == expected


def test_grace_keeps_the_tier_and_still_counts(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", grace_days=10)
    other = make_member(now=standing_clock.now).id
    for one in (member, other):
        earn(one, 1000, "2026-11-22")
    assert review_tiers(now=at("2027-12-02"))["reviewed"] == 0
    earn(member, 1000, "2027-12-02")
    assert review_tiers(now=at("2027-12-03")) == {"reviewed": 2, "moved": 1}
    # The grace is not added to the next time.
    assert [stands(db_session, one) for one in (member, other)] == [("gold", "2028-11-22"), ("basic", None)]


def test_a_late_review_ends_as_one_in_time(db_session: Session, standing_clock: Clock) -> None:
    """Two years of silence, one member reviewed each day, one only at the end, one by the next growth."""
    first = begin(standing_clock, "2026-11-22", downgrade="one_down")
    members = [first, *(make_member(now=standing_clock.now).id for _ in range(2))]
    for member in members:
        earn(member, 5000, "2026-11-22")
    on_time, by_growth, late = members
    for day in ("2027-11-23", "2028-11-23"):
        for account in db_session.scalars(select(MemberAccount).where(MemberAccount.member_id != on_time)):
            account.tier_valid_through, kept = None, account.tier_valid_through
            db_session.flush()
            db_session.info.setdefault("kept", {})[account.member_id] = kept
        assert review_tiers(now=at(day))["reviewed"] == 1
        for account in db_session.scalars(select(MemberAccount).where(MemberAccount.member_id != on_time)):
            account.tier_valid_through = db_session.info["kept"][account.member_id]
        db_session.flush()
    assert stands(db_session, on_time) == ("silver", "2029-11-22")
    earn(by_growth, 1, "2029-01-01")
    assert stands(db_session, by_growth) == ("silver", "2029-11-22")
    assert review_tiers(now=at("2029-01-01")) == {"reviewed": 1, "moved": 1}
    assert stands(db_session, late) == ("silver", "2029-11-22")


def test_growth_before_a_late_review_goes_up_again_from_where_the_review_puts_it(
    db_session: Session, standing_clock: Clock
) -> None:
    member = begin(standing_clock, "2026-11-22")
    earn(member, 1000, "2026-11-22")
    earn(member, 1500, "2028-01-15")
    assert stands(db_session, member) == ("gold", "2029-01-15")
    assert review_tiers(now=at("2028-01-15"))["reviewed"] == 0


def test_a_calendar_years_tier_lasts_to_the_end_of_the_next(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", **CALENDAR)
    earn(member, 1000, "2026-12-31")
    assert stands(db_session, member) == ("gold", "2027-12-31")
    earn(member, 400, "2027-03-01")
    assert stands(db_session, member) == ("gold", "2027-12-31")
    # Earned again within the year: sure for the next one already.
    earn(member, 600, "2027-08-01")
    assert stands(db_session, member) == ("gold", "2028-12-31")
    assert review_tiers(now=at("2028-01-01"))["reviewed"] == 0
    earn(member, 250, "2028-05-01")
    assert review_tiers(now=at("2029-01-01")) == {"reviewed": 1, "moved": 1}
    assert stands(db_session, member) == ("silver", "2029-12-31")


def test_the_year_ends_at_the_shops_cut_over(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", **CALENDAR)
    db_session.get_one(Programme, 1).cut_over_hour = 4
    growth.add(member, amount=1000, source="night", now=at("2027-01-01", hour=3))
    assert stands(db_session, member) == ("gold", "2027-12-31")
    growth.add(member, amount=1000, source="morning", now=at("2027-01-01", hour=4))
    assert stands(db_session, member) == ("gold", "2028-12-31")


def test_a_leap_day(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2028-02-29")
    earn(member, 200, "2028-02-29")
    assert stands(db_session, member) == ("silver", "2029-02-28")
    # Growth of a leap day counts through the last day of the next February: where months differ, the member's favour.
    assert [tiers.standing(member, now=at(day)).qualifying for day in ("2029-02-28", "2029-03-01")] == [200, 0]


def test_a_refund_lowers_a_tier_only_its_growth_carried(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22")
    earn(member, 200, "2026-11-22")
    earn(member, 800, "2027-02-01")
    assert stands(db_session, member) == ("gold", "2028-02-01")
    growth.take_back(member, source="bill:2027-02-01", reversal_source="r1", upto=800, now=at("2027-02-10"))
    # Silver was earned in November and stays until its time is over.
    assert stands(db_session, member)[0] == "silver"
    growth.take_back(member, source="bill:2026-11-22", reversal_source="r2", upto=200, now=at("2027-02-11"))
    assert stands(db_session, member) == ("basic", None)
    assert history(db_session, member) == [
        ("basic", False),
        ("silver", False),
        ("gold", False),
        ("silver", False),
        ("basic", True),
    ]


def test_a_refund_does_not_lower_a_tier_that_was_kept_for_another_reason(
    db_session: Session, standing_clock: Clock
) -> None:
    member = begin(standing_clock, "2026-11-22", downgrade="keep")
    earn(member, 1000, "2026-11-22")
    review_tiers(now=at("2027-11-23"))
    earn(member, 500, "2027-12-01")
    growth.take_back(member, source="bill:2027-12-01", reversal_source="r", upto=500, now=at("2027-12-02"))
    assert stands(db_session, member) == ("gold", "2028-11-22")


def test_a_january_bill_returned_leaves_last_years_tier(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", **CALENDAR)
    earn(member, 1000, "2026-12-01")
    earn(member, 1000, "2027-01-10")
    assert stands(db_session, member) == ("gold", "2028-12-31")
    growth.take_back(member, source="bill:2027-01-10", reversal_source="r", upto=1000, now=at("2027-01-12"))
    assert stands(db_session, member) == ("gold", "2027-12-31")


def test_a_merge_keeps_the_better_tier_and_the_later_date(db_session: Session, standing_clock: Clock) -> None:
    kept = begin(standing_clock, "2026-11-22")
    gone = make_member(now=standing_clock.now).id
    earn(gone, 1000, "2026-11-22")
    earn(kept, 200, "2027-03-01")
    growth.move_all(gone, kept, source="merge:1", now=at("2027-04-01"))
    assert [stands(db_session, one) for one in (kept, gone)] == [("gold", "2028-03-01"), ("basic", None)]
    # Together they reach what neither did alone.
    third = make_member(now=standing_clock.now).id
    earn(third, 3800, "2027-05-01")
    growth.move_all(third, kept, source="merge:2", now=at("2027-05-02"))
    assert stands(db_session, kept) == ("diamond", "2028-05-02")


def told(db_session: Session, member_id: int) -> list[tuple[str, dict[str, Any]]]:
    rows = db_session.scalars(
        select(MemberEvent)
        .where(MemberEvent.member_id == member_id, MemberEvent.kind == "tier_will_drop")
        .order_by(MemberEvent.occurrence)
    )
    return [(row.occurrence, row.details) for row in rows]


def test_members_are_told_in_time_once_for_each_end(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", grace_days=5)
    safe = make_member(now=standing_clock.now).id
    earn(member, 1000, "2026-11-22")
    earn(safe, 1000, "2026-11-22")
    earn(safe, 1000, "2027-10-01")
    earn(member, 300, "2027-10-01")
    assert notify_tier_drops(now=at("2027-10-22")) == {"told": 0}
    assert [notify_tier_drops(now=at("2027-10-23")) for _ in range(2)] == [{"told": 1}, {"told": 0}]
    assert told(db_session, member) == [
        (
            "2027-11-22",
            {
                "from": "gold",
                "to": "silver",
                "valid_through": "2027-11-22",
                "last_chance": "2027-11-27",
                "growth_needed": 700,
            },
        )
    ]
    assert told(db_session, safe) == []
    assert review_tiers(now=at("2027-11-28")) == {"reviewed": 2, "moved": 1}
    assert notify_tier_drops(now=at("2028-10-30")) == {"told": 2}
    assert [occurrence for occurrence, _ in told(db_session, member)] == ["2027-11-22", "2028-11-22"]


def test_a_ladder_that_keeps_tells_nobody(db_session: Session, standing_clock: Clock) -> None:
    member = begin(standing_clock, "2026-11-22", downgrade="keep")
    earn(member, 1000, "2026-11-22")
    assert notify_tier_drops(now=at("2027-11-20")) == {"told": 0}


def test_a_ladder_for_life_is_never_reviewed(db_session: Session, now: datetime) -> None:
    growth.add(make_member().id, amount=1000, source="a", now=now)
    assert review_tiers(now=now + timedelta(days=4000)) == {"reviewed": 0, "moved": 0}
