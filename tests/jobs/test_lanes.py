"""Wake-up calls: enough of them, never a heap, and all of them may be lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.orm import Session

from app.services import programmes
from jobs import lanes
from jobs.scheduler import build
from jobs.wake_lanes import wake_lanes
from tests.factories.messages import make_message_template, make_reachable, make_running


@pytest.fixture
def broker(redis_url: str) -> Iterator[RedisBroker]:
    made = lanes.make_broker(redis_url)
    made.client.flushdb()
    yield made
    made.client.flushdb()
    made.client.close()


def test_lanes_are_called_once_while_there_is_work(db_session: Session, broker: RedisBroker, now: datetime) -> None:
    programmes.get().sends_per_second = 20
    template = make_message_template()
    make_reachable(template)
    make_running(template)
    assert [wake_lanes(now=now)["woken"] for _ in range(2)] == [5, 0]
    assert lanes.waiting(broker) == 5
    # Redis forgot everything: the next tick calls again.
    broker.client.flushdb()
    assert wake_lanes(now=now)["woken"] == 5


def test_nothing_due_calls_nobody(db_session: Session, broker: RedisBroker, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    campaign = make_running(template, now=now)
    assert wake_lanes(now=now - timedelta(minutes=1)) == {"woken": 0}
    campaign.hold_until = now + timedelta(minutes=1)
    db_session.flush()
    assert wake_lanes(now=now) == {"woken": 0}
    campaign.hold_until, campaign.state, campaign.paused_from = None, "paused", "running"
    db_session.flush()
    assert wake_lanes(now=now) == {"woken": 0}


def test_a_full_queue_is_not_filled_further(db_session: Session, broker: RedisBroker, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    make_running(template)
    for number in range(lanes.MOST_WAITING):
        lanes.call(broker, number)
    assert wake_lanes(now=now) == {"woken": 0}


def test_calls_that_dead_workers_took_keep_nobody_waiting(broker: RedisBroker) -> None:
    for number in range(lanes.MOST_WAITING):
        lanes.call(broker, number)
    dead = broker.consume(lanes.QUEUE, prefetch=lanes.MOST_WAITING, timeout=100)
    assert next(dead) is not None
    assert not lanes.is_crowded(broker)


@pytest.mark.parametrize(("rate", "wanted"), [(1, 2), (20, 5), (23, 6), (100, 13), (500, 8), (10_000, 64)])
def test_lanes_follow_the_rate(rate: float, wanted: int) -> None:
    assert lanes.lanes_for(rate) == wanted


def test_a_sleeping_lane_can_be_called_again(broker: RedisBroker) -> None:
    assert [lanes.wake(broker, 7) for _ in range(2)] == [True, False]
    lanes.stay_awake(broker, 7)
    assert lanes.wake(broker, 7) is False
    lanes.fall_asleep(broker, 7)
    assert lanes.wake(broker, 7) is True
    assert 0 < broker.client.ttl("huitou:lane:7") <= lanes.AWAKE_SECONDS


def test_the_timetable_forgives_lateness_and_never_overlaps(app: object) -> None:
    scheduler = build(app, is_leader=lambda: False, tick_seconds=1.5)  # type: ignore[arg-type]
    scheduler.start(paused=True)
    try:
        for job in scheduler.get_jobs():
            assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, 3600)
    finally:
        scheduler.shutdown(wait=True)
