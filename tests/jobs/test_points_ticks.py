"""The ticks of the ledger: late, early or twice gives the same state; in chunks, bounded, waiting for nobody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import MemberEvent, PointsHold
from app.services import points, programmes
from app.transaction import transaction
from jobs import announce_expiring_points as announcing
from jobs import expire_points as expiring
from jobs import release_holds as releasing
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.ledger import assert_clean, earn, everything, lots, totals
from tests.factories.members import make_member


def live(member_id: int) -> None:
    """Lots that run out at different times, one half held, one pending."""
    earn(member_id, 10, now=NOON, source="a", expiry="1D")
    earn(member_id, 20, now=NOON, source="b", expiry="5D")
    earn(member_id, 30, now=NOON, source="c", expiry="never")
    points.earn(member_id, amount=40, source="d", now=NOON, expiry="5D", pending_days=10)
    points.hold(member_id, amount=25, source="order:1", expires_at=NOON + timedelta(days=8), now=NOON)
    points.hold(member_id, amount=3, source="order:2", expires_at=NOON + timedelta(days=30), now=NOON)


@pytest.mark.parametrize("days", [[20], [2, 3, 6, 9, 11, 12, 20], [0, 20, 20], [9, 9, 20], [5, 20]])
def test_whenever_the_ticks_run_the_end_is_the_same(
    db_session: Session, standing_clock: Clock, days: list[int]
) -> None:
    member = make_member()
    live(member.id)
    for day in days:
        at = standing_clock.set(NOON + timedelta(days=day))
        readers = points.summary(member.id, now=at)
        for tick in (releasing.release_holds, expiring.expire_points, expiring.expire_points):
            tick(now=at)
        # A reader never notices the tick.
        assert points.summary(member.id, now=at) == readers
    # What the second hold still promises, and what lives for ever.
    assert totals(member.id) == (33, 0, 3)
    assert [(lot.remaining, lot.held) for lot in lots(member.id)] == [(0, 0), (3, 3), (30, 0), (0, 0)]
    assert [tick(now=standing_clock.now) for tick in (releasing.release_holds, expiring.expire_points)] == [
        {"released": 0},
        {"expired": 0},
    ]
    assert_clean()


def test_too_early_changes_nothing(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    live(member.id)
    before = everything()
    assert releasing.release_holds(now=NOON) == {"released": 0}
    assert expiring.expire_points(now=NOON) == {"expired": 0}
    # Nor does a clock that went back.
    assert expiring.expire_points(now=NOON - timedelta(days=400)) == {"expired": 0}
    assert everything() == before


@pytest.mark.parametrize(
    ("job", "counted"), [(expiring.expire_points, "expired"), (releasing.release_holds, "released")]
)
def test_they_work_in_chunks_and_one_run_is_bounded(
    db_session: Session, now: object, monkeypatch: pytest.MonkeyPatch, job: Callable[..., dict[str, int]], counted: str
) -> None:
    for module in (expiring, releasing):
        monkeypatch.setattr(module, "CHUNK", 1)
        monkeypatch.setattr(module, "MAX_CHUNKS", 2)
    for _ in range(3):
        member = make_member()
        earn(member.id, 10, now=NOON, expiry="1D")
        if counted == "released":
            points.hold(member.id, amount=4, source="order", expires_at=NOON + timedelta(hours=1), now=NOON)
    later = NOON + timedelta(days=3)
    assert [job(now=later)[counted] for _ in range(3)] == [2, 1, 0]
    assert_clean()


@pytest.mark.parametrize("job", [expiring.expire_points, releasing.release_holds])
def test_a_member_somebody_holds_is_left_for_the_next_run(
    committed_db: CommittedDatabase, job: Callable[..., dict[str, int]]
) -> None:
    later = NOON + timedelta(days=3)
    with committed_db.session() as session:
        with transaction():
            ids = [make_member().id for _ in range(2)]
            for member_id in ids:
                earn(member_id, 10, now=NOON, source="a", expiry="1D")
                earn(member_id, 10, now=NOON, source="b", expiry="never")
                points.hold(member_id, amount=15, source="order", expires_at=NOON + timedelta(hours=1), now=NOON)
            if job is expiring.expire_points:
                points.release_due(now=later, limit=10)
        engine = session.get_bind()
        with engine.connect() as other:  # type: ignore[union-attr]
            other.execute(text("SELECT 1 FROM member_account WHERE member_id = :m FOR UPDATE"), {"m": ids[0]})
            assert list(job(now=later).values()) == [1]
            other.rollback()
        assert list(job(now=later).values()) == [1]


def test_a_hold_ends_at_its_time_whenever_it_is_noticed(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    live(member.id)
    releasing.release_holds(now=standing_clock.move(days=20))
    ended = db_session.query(PointsHold).populate_existing().filter_by(source="order:1").one()
    assert (ended.state, ended.ended_at) == ("expired", NOON + timedelta(days=8))


def events(db_session: Session) -> list[tuple[int, str, int]]:
    rows = db_session.query(MemberEvent).filter_by(kind="points_will_expire").order_by(MemberEvent.occurrence)
    return [(row.member_id, row.occurrence, row.details["points"]) for row in rows]


def test_each_expiry_date_is_announced_once_ahead(
    db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "CHUNK", 1)
    one, two = make_member(), make_member()
    for source in ("a", "b"):
        earn(one.id, 10, now=NOON, source=source, expiry="30D")
    earn(one.id, 5, now=NOON, source="c", expiry="31D")
    earn(two.id, 9, now=NOON, source="a", expiry="30D")
    earn(two.id, 9, now=NOON, source="b", expiry="never")
    points.hold(two.id, amount=4, source="order", expires_at=NOON + timedelta(days=1), now=NOON)
    assert [announcing.announce_expiring_points(now=NOON) for _ in range(2)] == [{"announced": 2}, {"announced": 0}]
    assert events(db_session) == [(one.id, "2026-12-20", 20), (two.id, "2026-12-20", 5)]
    # Missed days are caught up with; what has run out meanwhile is not announced any more.
    earn(two.id, 7, now=NOON, source="d", expiry="3D")
    later = standing_clock.move(days=4)
    assert announcing.announce_expiring_points(now=later) == {"announced": 1}
    assert events(db_session)[-1] == (one.id, "2026-12-21", 5)
    row = db_session.query(MemberEvent).filter_by(member_id=one.id, occurrence="2026-12-21").one()
    assert (row.business_date, row.occurred_at, row.details["expires_on"]) == (date(2026, 11, 24), later, "2026-12-21")


def test_no_notice_days_no_events(db_session: Session, standing_clock: Clock) -> None:
    programmes.get().expiry_notice_days = 0
    earn(make_member().id, 10, now=NOON, expiry="1D")
    assert announcing.announce_expiring_points(now=NOON) == {"announced": 0}
