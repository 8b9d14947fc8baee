"""Real workers and schedulers against the sandbox: nobody gets two, nobody is lost, never faster than allowed."""

import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.actor import Actor
from app.extensions import db
from app.models import Campaign
from app.services import campaign_reports, campaign_states, verification
from app.transaction import transaction
from jobs.reap_deliveries import reap_deliveries
from jobs.settle_deliveries import settle_deliveries
from tests.concurrency import fleet
from tests.concurrency.fleet import Fleet
from tests.conftest import CommittedDatabase


def assert_ledgers_hold(database: CommittedDatabase) -> None:
    with database.session():
        broken = {finding.name: finding.broken for finding in verification.check_all() if finding.broken}
    assert broken == {}


def test_several_workers_and_two_schedulers_send_once_each_and_not_too_fast(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, openids = fleet.gather(committed_db, box, count=100, rate=40)
        campaign_id = fleet.launch(committed_db, template_id)
        for name in ("scheduler-a", "scheduler-b", "worker-1", "worker-2"):
            ships.start(name)
        outbox = box.app.extensions["sandbox"].outbox
        fleet.wait_until(lambda: outbox.total >= len(openids) // 3, what="the first third")
        # Slots, calls and wake-up keys: all of it may vanish.
        ships.flush_redis()
        fleet.wait_until(lambda: fleet.state_of(committed_db, campaign_id) == "done", what="the campaign to be done")
        assert fleet.states(committed_db, campaign_id) == {"sent": len(openids)}
        assert fleet.sent_twice(box) == []
        assert outbox.total == len(openids)
        # Two workers that did not share their slots would show twice the rate, a forgotten flush as much.
        assert fleet.fastest_second(box) <= 40
        assert [ships.stop(name) for name in ("worker-1", "worker-2", "scheduler-a", "scheduler-b")] == [0] * 4
    assert_ledgers_hold(committed_db)


@pytest.mark.parametrize(
    ("count", "kills"), [(180, 10), pytest.param(4000, 60, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
def test_killed_workers_lose_nobody_and_send_nothing_twice(
    committed_db: CommittedDatabase, tmp_path: Path, count: int, kills: int
) -> None:
    rng = random.Random(20261120)
    with fleet.wechat_of(committed_db, send_latency_ms=20) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, _ = fleet.gather(committed_db, box, count=count, rate=60)
        campaign_id = fleet.launch(committed_db, template_id)
        outbox = box.app.extensions["sandbox"].outbox
        ships.start("scheduler-a")
        ships.start("worker-0")
        ships.start("worker-1")
        moved = 0
        for number in range(kills):
            wanted = (number + 1) * count // (kills + 2)
            fleet.wait_until(lambda wanted=wanted: outbox.total >= wanted, what=f"{wanted} messages")  # type: ignore[misc]
            time.sleep(rng.uniform(0, 0.2))
            victim = f"worker-{number % 2}"
            ships.kill(victim)
            ships.start(victim)
            # What the dead one had claimed is free again when its lease has run out.
            moved += 31
            ships.move_clock(moved)
        fleet.wait_until(
            lambda: not {"planned", "claimed"} & fleet.states(committed_db, campaign_id).keys(), what="the rest"
        )
        for name in ("worker-0", "worker-1", "scheduler-a"):
            ships.stop(name)
        with committed_db.session():
            reap_deliveries(now=clock.utc_now() + timedelta(seconds=moved, minutes=5))
        ended = fleet.states(committed_db, campaign_id)
        assert sum(ended.values()) == count
        assert ended.keys() <= {"sent", "in_doubt"}
        # One doubt per thread of a killed worker at most, and whoever is not in doubt was sent for certain.
        assert ended.get("in_doubt", 0) <= kills * 4
        assert fleet.sent_twice(box) == []
        assert ended["sent"] <= outbox.total <= count
    assert_ledgers_hold(committed_db)


def test_a_pause_stops_within_a_second_and_resume_sends_exactly_the_rest(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, openids = fleet.gather(committed_db, box, count=120, rate=30)
        campaign_id = fleet.launch(committed_db, template_id)
        outbox = box.app.extensions["sandbox"].outbox
        ships.start("scheduler-a")
        ships.start("worker-1")
        fleet.wait_until(lambda: outbox.total >= 40, what="the first messages")
        move(committed_db, campaign_id, "pause")
        time.sleep(1.0)
        sent = outbox.total
        time.sleep(2.0)
        assert outbox.total == sent < len(openids)
        move(committed_db, campaign_id, "resume")
        fleet.wait_until(lambda: fleet.state_of(committed_db, campaign_id) == "done", what="the rest")
        assert (outbox.total, fleet.sent_twice(box)) == (len(openids), [])


def test_a_leader_killed_or_frozen_doubles_nothing(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, openids = fleet.gather(committed_db, box, count=40, rate=60)
        for name in ("scheduler-a", "scheduler-b", "worker-1"):
            ships.start(name)
        campaigns = [fleet.launch(committed_db, template_id)]
        fleet.wait_until(lambda: fleet.state_of(committed_db, campaigns[0]) == "done", what="the first campaign")
        # The sandbox pushes no events here: stop waiting for them, or the second message of a template would have to.
        with committed_db.session():
            settle_deliveries(now=clock.utc_now() + timedelta(minutes=15))
        ships.kill("scheduler-a")
        campaigns.append(fleet.launch(committed_db, template_id))
        fleet.wait_until(lambda: fleet.state_of(committed_db, campaigns[1]) != "scheduled", what="the standby")
        ships.start("scheduler-c")
        ships.freeze("scheduler-b")
        ships.freeze("scheduler-b", thaw=True)
        fleet.wait_until(lambda: fleet.state_of(committed_db, campaigns[1]) == "done", what="the second campaign")
        for campaign_id in campaigns:
            assert fleet.states(committed_db, campaign_id) == {"sent": len(openids)}
        assert box.app.extensions["sandbox"].outbox.total == 2 * len(openids)


def move(database: CommittedDatabase, campaign_id: int, step: str) -> None:
    """Pause or resume as a person would."""
    with database.session(), transaction():
        campaign = db.session.get_one(Campaign, campaign_id)
        getattr(campaign_states, step)(campaign, actor=Actor.system(), now=clock.utc_now())


@pytest.mark.parametrize(
    ("count", "overlapping", "workers"),
    [(40, 3, 2), pytest.param(10_000, 5, 8, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])],
)
def test_caps_hold_when_campaigns_overlap(
    committed_db: CommittedDatabase, tmp_path: Path, count: int, overlapping: int, workers: int
) -> None:
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, openids = fleet.gather(
            committed_db, box, count=count, rate=200, messages_per_day=1, messages_per_week=1
        )
        campaigns = [fleet.launch(committed_db, template_id) for _ in range(overlapping)]
        for name in ("scheduler-a", *(f"worker-{number}" for number in range(workers))):
            ships.start(name)
        fleet.wait_until(
            lambda: all(fleet.state_of(committed_db, campaign_id) == "done" for campaign_id in campaigns),
            seconds=fleet.PATIENCE_SECONDS + count / 10,
            what="all campaigns",
        )
        assert fleet.sent_twice(box) == []
        assert box.app.extensions["sandbox"].outbox.total == len(openids)
        with committed_db.session():
            reports = [campaign_reports.report(db.session.get_one(Campaign, key)) for key in campaigns]
        assert sum(report.sent for report in reports) == len(openids)
        assert sum(report.suppressed.get("capped_today", 0) for report in reports) == (overlapping - 1) * len(openids)
    assert_ledgers_hold(committed_db)
