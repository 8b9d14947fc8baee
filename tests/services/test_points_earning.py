"""How long points live and when they come free; what is refused leaves everything as it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import ClockBehind, ExpiryTermsInvalid, InsufficientPoints, InvalidInput, LoyaltyError, NotFound
from app.models import MemberAccount, PointsEntry
from app.services import points, programmes
from tests.conftest import NOON, Clock
from tests.factories.ledger import assert_clean, earn, entries, everything, lots, totals
from tests.factories.members import make_member

# The end of a business day in Shanghai.
MIDNIGHT = datetime(2026, 11, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expiry", "expires_at"),
    [
        (None, datetime(2027, 11, 20, 16, tzinfo=UTC)),
        ("1D", datetime(2026, 11, 21, 16, tzinfo=UTC)),
        ("12M@year", datetime(2027, 12, 31, 16, tzinfo=UTC)),
        ("2027-03-31", datetime(2027, 3, 31, 16, tzinfo=UTC)),
        ("2020-01-01", MIDNIGHT),
        ("never", None),
    ],
)
def test_a_lot_lives_to_the_end_of_its_last_valid_day(
    db_session: Session, now: datetime, expiry: str | None, expires_at: datetime | None
) -> None:
    member = make_member()
    earn(member.id, 10, now=now, expiry=expiry)
    assert [lot.expires_at for lot in lots(member.id)] == [expires_at]


def test_the_programmes_own_terms_and_cut_over_hour_count(db_session: Session, now: datetime) -> None:
    member = make_member()
    programme = programmes.get()
    programme.points_expiry, programme.cut_over_hour = "1M@month", 4
    # Three in the morning belongs to the day before.
    earn(member.id, 10, now=datetime(2026, 11, 30, 19, tzinfo=UTC))
    assert lots(member.id)[0].expires_at == datetime(2026, 12, 31, 20, tzinfo=UTC)


def test_the_expiry_counts_from_when_it_happened(db_session: Session, now: datetime) -> None:
    member = make_member()
    happened = now - timedelta(days=30)
    points.earn(member.id, amount=10, source="late", now=now, occurred_at=happened, expiry="60D")
    entry = db_session.query(PointsEntry).filter_by(member_id=member.id).one()
    assert (entry.occurred_at, entry.recorded_at) == (happened, now)
    assert lots(member.id)[0].expires_at == datetime(2026, 12, 20, 16, tzinfo=UTC)


def test_pending_points_come_free_at_the_start_of_a_business_day(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=NOON, pending_days=7)
    earn(member.id, 5, now=NOON, source="b")
    free_at = datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert lots(member.id)[0].available_at == free_at
    before = points.summary(member.id, now=free_at - timedelta(seconds=1))
    assert (before.spendable, before.pending) == (5, 10)
    with pytest.raises(InsufficientPoints) as refused:
        points.spend(member.id, amount=6, source="gift", now=free_at - timedelta(seconds=1))
    assert refused.value.data == {"requested": 6, "available": 5}
    points.spend(member.id, amount=15, source="gift", now=free_at)
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


def test_pending_points_live_the_day_they_come_free(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=now, expiry="2D", pending_days=7)
    lot = lots(member.id)[0]
    assert (lot.available_at, lot.expires_at) == (
        datetime(2026, 11, 26, 16, tzinfo=UTC),
        datetime(2026, 11, 27, 16, tzinfo=UTC),
    )
    # What happened long ago pends no more.
    points.earn(
        member.id, amount=10, source="b", now=now, occurred_at=now - timedelta(days=9), expiry="1M", pending_days=7
    )
    assert lots(member.id)[1].available_at is None
    assert points.spendable(member.id, now=now) == 10


def test_pending_points_settle_a_debt(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 50, now=now, source="bill")
    points.spend(member.id, amount=50, source="gift", now=now)
    points.reverse(member.id, source="bill", reversal_source="refund", now=now)
    points.earn(member.id, amount=80, source="next", now=now, pending_days=7)
    assert totals(member.id) == (30, 0, 0)
    assert_clean()


def test_an_adjustment_gives_and_takes_through_its_own_account(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.adjust(member.id, amount=100, source="adjust:1", now=now)
    points.adjust(member.id, amount=-30, source="adjust:2", now=now)
    assert points.adjust(member.id, amount=-30, source="adjust:2", now=now).is_new is False
    with pytest.raises(InsufficientPoints):
        points.adjust(member.id, amount=-71, source="adjust:3", now=now)
    assert entries(member.id) == [("adjust", "adjust", "member", 100), ("adjust", "member", "adjust", 30)]
    points.reverse(member.id, source="adjust:2", reversal_source="undo:2", now=now)
    points.reverse(member.id, source="adjust:1", reversal_source="undo:1", now=now)
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


Command = Callable[[int, datetime], object]
REFUSED: list[tuple[Command, type[LoyaltyError]]] = [
    *(
        (lambda member, now, amount=amount, do=do: do(member, amount=amount, source="x", now=now), InvalidInput)
        for amount in (0, 10**12 + 1, 2**63, 10**30)
        for do in (points.earn, points.spend, points.adjust)
    ),
    (lambda member, now: points.earn(member, amount=-1, source="x", now=now), InvalidInput),
    (lambda member, now: points.spend(member, amount=-5, source="x", now=now), InvalidInput),
    (lambda member, now: points.adjust(member, amount=-(10**12) - 1, source="x", now=now), InvalidInput),
    (lambda member, now: points.earn(member, amount=5, source="x", now=now, pending_days=-1), InvalidInput),
    (lambda member, now: points.earn(member, amount=5, source="x", now=now, pending_days=10**9), InvalidInput),
    (lambda member, now: points.earn(member, amount=5, source="x", now=now, expiry="soon"), ExpiryTermsInvalid),
    (lambda member, now: points.earn(member + 999, amount=5, source="x", now=now), NotFound),
    (lambda member, now: points.spend(member, amount=21, source="x", now=now), InsufficientPoints),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused_leaves_everything_as_it_was(db_session: Session, now: datetime, number: int) -> None:
    command, error = REFUSED[number]
    member = make_member()
    earn(member.id, 20, now=now)
    before = everything()
    with pytest.raises(error):
        command(member.id, now)
    assert everything() == before


BEHIND: list[Command] = [
    lambda member, now: points.earn(member, amount=1, source="x", now=now),
    lambda member, now: points.spend(member, amount=1, source="x", now=now),
    lambda member, now: points.adjust(member, amount=1, source="x", now=now),
    lambda member, now: points.hold(member, amount=1, source="x", expires_at=now + timedelta(hours=1), now=now),
    lambda member, now: points.reverse(member, source="start", reversal_source="x", now=now),
    lambda member, now: points.take_back(member, source="start", reversal_source="x", upto=1, now=now),
    lambda member, now: points.reverse(member, source="gift", reversal_source="x", now=now),
]


@pytest.mark.parametrize("number", range(len(BEHIND)))
def test_a_clock_behind_the_last_booking_may_not_book(db_session: Session, now: datetime, number: int) -> None:
    member = make_member()
    earn(member.id, 20, now=now)
    points.spend(member.id, amount=5, source="gift", now=now)
    before = everything()
    with pytest.raises(ClockBehind):
        BEHIND[number](member.id, now - timedelta(minutes=5, seconds=1))
    assert everything() == before
    # A repeat books nothing, so any clock will do; and machines of one shop may differ a little.
    assert points.earn(member.id, amount=20, source="start", now=now - timedelta(days=1)).is_new is False
    BEHIND[number](member.id, now - timedelta(minutes=5))
    booked_at = db_session.get_one(MemberAccount, member.id, populate_existing=True).booked_at
    assert booked_at == now
    assert_clean()


def test_earning_is_two_statements_once_the_programme_is_known(
    db_session: Session, now: datetime, count_queries: Callable[[], int]
) -> None:
    member = make_member()
    earn(member.id, 1, now=now, source="first")
    before = count_queries()
    earn(member.id, 1, now=now, source="second")
    assert count_queries() - before == 2
