"""kill -9 of everything in the middle of a campaign: workers, scheduler, Redis, PostgreSQL. Nobody gets two, nobody is lost.

PostgreSQL and Redis are the suite's own and its supervisor starts them again, so this form runs alone (`make chaos-crashes`)."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from app import clock
from jobs.reap_deliveries import reap_deliveries
from sandbox import RunningSandbox
from tests.concurrency import fleet, volume
from tests.concurrency.fleet import Fleet
from tests.conftest import CommittedDatabase

WORKERS, THREADS = 3, 4


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_two_hundred_kills_over_twenty_thousand_messages(
    committed_db: CommittedDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count, kills, rate = volume.of(messages=20_000, kills=200, rate=100)
    rng = random.Random(20261128)
    with fleet.wechat_of(committed_db, send_latency_ms=20) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, _ = fleet.gather(committed_db, box, count=count, rate=rate)
        (campaign_id,) = fleet.split(committed_db, template_id, [5])
        names = [f"worker-{number}" for number in range(WORKERS)]
        for name in ("scheduler-a", *names):
            ships.start(name)
        killed: dict[str, int] = {}
        for number in range(kills):
            _wait_for(box, (number + 1) * count // (kills + 5))
            time.sleep(rng.uniform(0, 0.3))
            victim = rng.choice([*names, *names, "scheduler-a", "redis", "postgres"])
            killed[victim.partition("-")[0]] = killed.get(victim.partition("-")[0], 0) + 1
            _kill(victim, committed_db, ships)
            # What the dead had claimed is free again when its lease has run out.
            ships.move_clock(31 * (number + 1))
        left = {"planned", "claimed"}
        fleet.wait_until(
            _when_answered(lambda: not left & fleet.states(committed_db, campaign_id).keys()),
            seconds=1800,
            what="the rest",
        )
        for name in ("scheduler-a", *names):
            ships.stop(name)
        with committed_db.session():
            reap_deliveries(now=clock.utc_now() + timedelta(seconds=31 * kills, minutes=5))
        ended, outbox = fleet.states(committed_db, campaign_id), box.app.extensions["sandbox"].outbox
        with capsys.disabled():
            print(f"\n{count} messages, kills {killed}: {ended}, received {outbox.total}")  # noqa: T201
        assert sum(ended.values()) == count
        assert ended.keys() <= {"sent", "in_doubt"}
        # A killed database leaves every worker's calls in doubt, a killed worker its own.
        width = 2
        assert ended.get("in_doubt", 0) <= kills * WORKERS * THREADS * width
        assert fleet.sent_twice(box) == []
        assert ended["sent"] <= outbox.total <= count


def _wait_for(box: RunningSandbox, wanted: int) -> None:
    outbox = box.app.extensions["sandbox"].outbox
    fleet.wait_until(lambda: outbox.total >= wanted, seconds=600, what=f"{wanted} messages")


def _kill(victim: str, database: CommittedDatabase, ships: Fleet) -> None:
    if victim == "redis":
        with redis.Redis.from_url(database.redis_url) as client:
            pid = int(client.info("server")["process_id"])
        psutil.Process(pid).kill()
    elif victim == "postgres":
        with psycopg.connect(database.url) as connection:
            backend = psutil.Process(connection.info.backend_pid)
            backend.parent().kill()
    else:
        ships.kill(victim)
        ships.start(victim)


def _when_answered(condition: Callable[[], bool]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return condition()
        except Exception:  # noqa: BLE001  the database is coming back
            return False

    return asked
