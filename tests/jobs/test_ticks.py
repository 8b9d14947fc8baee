"""Every tick twice: the second run finds nothing left to do."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import wiring
from app.actor import Actor
from app.extensions import db
from app.models import Coupon, Delivery, IdempotencyKey, JobRun, PointsLot
from app.services import campaign_reports, campaign_states, points
from app.services.purchases import Buyer
from jobs import runner
from jobs.expand_audiences import expand_audiences
from jobs.expire_coupons import expire_coupons
from jobs.expire_points import expire_points
from jobs.finish_campaigns import finish_campaigns
from jobs.purge_old import purge_old
from jobs.scheduler import TIMETABLE
from jobs.start_campaigns import start_campaigns
from tests.conftest import make_app
from tests.factories.coupons import give_coupon
from tests.factories.earning import make_purchase
from tests.factories.members import make_counter_member, make_member, seal
from tests.factories.messages import make_campaign, make_message_template, make_reachable, make_running


def test_start_and_expand(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    for _ in range(3):
        make_reachable(template)
    campaign = make_campaign(template)
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    assert [start_campaigns(now=now) for _ in range(2)] == [{"started": 1, "missed": 0}, {"started": 0, "missed": 0}]
    assert [expand_audiences(now=now) for _ in range(2)] == [{"added": 3}, {"added": 0}]
    db_session.refresh(campaign)
    assert campaign.state == "running"


def test_an_audience_of_nobody_runs_and_ends(db_session: Session, now: datetime) -> None:
    campaign = make_campaign()
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    start_campaigns(now=now)
    expand_audiences(now=now)
    assert [finish_campaigns(now=now)["done"] for _ in range(2)] == [1, 0]
    db_session.refresh(campaign)
    assert campaign.state == "done"


def test_finish_waits_for_the_last_and_sweeps_what_was_cancelled(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    waiting, cancelled = make_running(template), make_running(template)
    campaign_states.cancel(cancelled, actor=Actor.system(), now=now)
    assert [finish_campaigns(now=now) for _ in range(2)] == [
        {"done": 0, "cancelled": 1},
        {"done": 0, "cancelled": 0},
    ]
    assert campaign_reports.report(cancelled).suppressed == {"cancelled": 1}
    row = db_session.scalars(select(Delivery).where(Delivery.campaign_id == waiting.id)).one()
    row.state, row.finished_at = "failed", now
    db_session.flush()
    assert [finish_campaigns(now=now)["done"] for _ in range(2)] == [1, 0]


def test_points_and_coupons_expire(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=50, source="test:earn", now=now)
    give_coupon(member)
    expires_at = db_session.scalars(select(PointsLot.expires_at)).one()
    assert expires_at is not None
    assert [expire_points(now=at)["expired"] for at in (now, expires_at, expires_at)] == [0, 1, 0]
    coupon = db_session.scalars(select(Coupon)).one()
    assert [expire_coupons(now=at)["expired"] for at in (now, coupon.expires_at, coupon.expires_at)] == [0, 1, 0]


def test_old_rows_go_and_young_ones_stay(db_session: Session, now: datetime) -> None:
    for key, hours in (("old", -1), ("young", 1)):
        db_session.add(
            IdempotencyKey(
                principal="member:1",
                endpoint="x",
                key=key,
                request_hash=b"",
                status_code=200,
                body=b"",
                created_at=now,
                expires_at=now + timedelta(hours=hours),
            )
        )
    db_session.flush()
    assert [purge_old(now=now)["idempotency_keys"] for _ in range(2)] == [1, 0]
    assert db_session.scalars(select(IdempotencyKey.key)).all() == ["young"]


def test_buyers_of_bills_nobody_claimed_are_forgotten_after_a_year(db_session: Session, now: datetime) -> None:
    buyer = Buyer(phone_index=seal("13800138000").index, external_id="tb-1")
    old = make_purchase(None, buyer=buyer, now=now, occurred_at=now - timedelta(days=365, seconds=1))
    young = make_purchase(None, buyer=buyer, now=now, occurred_at=now - timedelta(days=365))
    assert [purge_old(now=now)["waiting_buyers"] for _ in range(2)] == [1, 0]
    for bill in (old, young):
        db_session.refresh(bill)
    assert (old.status, old.buyer_phone_index, old.buyer_external_id) == ("waiting", None, None)
    assert (young.buyer_phone_index, young.buyer_external_id) == (buyer.phone_index, "tb-1")
    # The young one is still found; the old one is nobody's.
    member = make_counter_member(phone="13800138000")
    for bill in (old, young):
        db_session.refresh(bill)
    assert (old.member_id, young.member_id) == (None, member.id)


# The night's own look needs a snapshot of its own: test_verify_ledger.py.
BY_DAY = [tick for tick in TIMETABLE if tick.daily_at is None]


@pytest.mark.parametrize("tick", BY_DAY, ids=lambda tick: tick.job.__name__)
def test_every_tick_of_the_timetable_runs_on_an_empty_shop(db_session: Session, now: datetime, tick: object) -> None:
    job: Callable[..., dict[str, int]] = tick.job  # type: ignore[attr-defined]
    for _ in range(2):
        assert not any(job(now=now).values())


def test_a_ticks_statement_takes_one_core(owner_url: str) -> None:
    app = make_app(database_url=owner_url)
    with app.app_context():
        wiring.keep_to_one_core()
        assert db.session.scalar(text("SHOW max_parallel_workers_per_gather")) == "0"
        # What else a connection begins with stays.
        assert db.session.scalar(text("SHOW synchronous_commit")) == "on"
        db.session.remove()
        db.engine.dispose()


def test_the_runner_writes_a_row_and_survives_a_failure(app: object, db_session: Session, now: datetime) -> None:
    def counting(*, now: datetime) -> dict[str, int]:
        return {"done": 2}

    def failing(*, now: datetime) -> dict[str, int]:
        db_session.execute(text("SELECT 1"))
        raise ValueError("the secret of a member")

    assert runner.run(app, counting) is True  # type: ignore[arg-type]
    assert runner.run(app, failing) is False  # type: ignore[arg-type]
    rows = db_session.scalars(select(JobRun).order_by(JobRun.id)).all()
    assert [(row.job, row.ok, row.counts) for row in rows] == [
        ("counting", True, {"done": 2}),
        ("failing", False, {}),
    ]
    assert rows[1].error is not None
    assert rows[1].error.startswith("ValueError at ")
    assert "secret" not in rows[1].error


def test_a_tick_with_nothing_to_do_is_written_once_a_minute(
    app: object, db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def idle(*, now: datetime) -> dict[str, int]:
        return {"done": 0}

    instant = 1000.0
    monkeypatch.setattr("jobs.runner.time.monotonic", lambda: instant)
    for seconds in (0, 10, 59, 61):
        instant = 1000.0 + seconds
        assert runner.run(app, idle) is True  # type: ignore[arg-type]
    assert db_session.scalar(select(func.count()).select_from(JobRun)) == 2
