"""kill -9 of everything in the middle of a campaign: workers, scheduler, Valkey, PostgreSQL. Nobody gets two, nobody is lost.

The suite runs the short form; `make chaos-crashes` two hundred kills over twenty thousand messages, twice: without WeChat's
events to count the doubts, and with them to see the doubts settled."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from embedded.ports import pick
from jobs import volley
from jobs.reap_deliveries import reap_deliveries
from sandbox import PushTarget, RunningSandbox
from tests import web_server
from tests.concurrency import fleet, mortal, volume
from tests.concurrency.fleet import Fleet
from tests.concurrency.mortal import MortalDatabase
from tests.concurrency.race import assert_verified

WORKERS, THREADS = 3, 4
# A lease of 30 s, over at once after each kill.
LEASE_OVER_SECONDS = 31
RETRY_MS = 2_500
# Messages, kills, messages a second.
# Of so many, one in a hundred says something.
ENOUGH_FOR_A_SHARE = 5_000
SHORT = pytest.param((300, 7, 60), id="short", marks=pytest.mark.timeout(600))
LONG = pytest.param(
    volume.of(messages=20_000, kills=200, rate=100), id="long", marks=[pytest.mark.slow, pytest.mark.timeout(7200)]
)


@pytest.mark.parametrize("told", [False, True], ids=["silent", "told"])
@pytest.mark.parametrize("size", [SHORT, LONG])
def test_kills_send_nobody_two_and_lose_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: tuple[int, int, int], told: bool
) -> None:
    count, kills, rate = size
    rng = random.Random(20261128)
    with (
        mortal.mortal_database(tmp_path) as (database, data),
        _listening(database, tmp_path, told=told) as push,
        fleet.wechat_of(database, push=push, send_latency_ms=20, sent_events=told) as box,
        Fleet(database, box, tmp_path) as ships,
    ):
        world = box.app.extensions["sandbox"]
        # As patient as WeChat, whose events come again within seconds.
        world.push.configure(retry_pause_ms=RETRY_MS)
        template_id, _ = fleet.gather(database, box, count=count, rate=rate)
        (campaign_id,) = fleet.split(database, template_id, [5])
        killed = _play(database, box, ships, data=data, kills=kills, count=count, rng=rng)
        left = {"planned", "claimed"}
        fleet.wait_until(
            _when_answered(lambda: not left & fleet.states(database, campaign_id).keys()), seconds=1800, what="the rest"
        )
        if told:
            assert world.push.flush(600), "events are still on their way"
        with database.session():
            reap_deliveries(now=clock.utc_now() + timedelta(seconds=LEASE_OVER_SECONDS * kills, minutes=5))
        ended, outbox = fleet.states(database, campaign_id), world.outbox
        doubts = ended.get("in_doubt", 0)
        with capsys.disabled():
            print(f"\n{count} messages, kills {killed}, told={told}: {ended}, received {outbox.total}")  # noqa: T201
        assert sum(ended.values()) == count
        assert ended.keys() <= {"sent", "in_doubt"}
        assert fleet.sent_twice(box) == []
        assert ended["sent"] <= outbox.total <= count
        assert doubts <= _in_flight(killed, rate)
        if told:
            # What WeChat took, it told: in doubt stays what never left, and what was told in vain while PostgreSQL was down.
            assert doubts <= count - outbox.total + world.push.status()["failed"]
            assert doubts <= count // 100 or count < ENOUGH_FOR_A_SHARE
        assert_verified(database)


def _play(
    database: MortalDatabase,
    box: RunningSandbox,
    ships: Fleet,
    *,
    data: Path,
    kills: int,
    count: int,
    rng: random.Random,
) -> dict[str, int]:
    """Strike so often, spread over the campaign by how far it is; returns how often what was struck."""
    names = [f"worker-{number}" for number in range(WORKERS)]
    for name in ("scheduler-a", *names):
        ships.start(name)
    killed: dict[str, int] = {}
    for number in range(kills):
        _wait_for(box, (number + 1) * count // (kills + 5))
        time.sleep(rng.uniform(0, 0.3))
        # Whatever the dice say, each of them falls now and then.
        always = ("postgres", "valkey", "scheduler-a", names[0])
        victim = always[number] if number < len(always) else rng.choice([*names, *names, *always[:3]])
        kind = victim.partition("-")[0]
        killed[kind] = killed.get(kind, 0) + 1
        if kind in ("postgres", "valkey"):
            mortal.kill(kind, data)
        else:
            ships.kill(victim)
            ships.start(victim)
        # What the dead had claimed is free again when its lease has run out.
        ships.move_clock(LEASE_OVER_SECONDS * (number + 1))
        # WeChat's too: an event of five minutes ago is refused.
        box.app.extensions["sandbox"].clock.advance(LEASE_OVER_SECONDS)
    return killed


def _in_flight(killed: dict[str, int], rate: int) -> int:
    """The most that can have been under way at these kills: a killed worker's own calls, with PostgreSQL everybody's."""
    own = THREADS * volley.width(rate)
    return killed.get("worker", 0) * own + killed.get("postgres", 0) * own * WORKERS


@contextmanager
def _listening(database: MortalDatabase, folder: Path, *, told: bool) -> Iterator[PushTarget]:
    """A web server that WeChat's events reach, on the fleet's clock; no target when nothing is to be told."""
    if not told:
        yield PushTarget()
        return
    port, settings = pick(), database.environment
    environment = {**settings, "HUITOU_CLOCK_FILE": str(folder / "clock.json")}
    with web_server.serving(environment, folder=folder, port=port) as server:
        yield PushTarget(
            url=f"{server.url}/wechat/push",
            token=settings["WECHAT_PUSH_TOKEN"],
            aes_key=settings["WECHAT_PUSH_AES_KEY"],
        )


def _wait_for(box: RunningSandbox, wanted: int) -> None:
    outbox = box.app.extensions["sandbox"].outbox
    fleet.wait_until(lambda: outbox.total >= wanted, seconds=600, what=f"{wanted} messages")


def _when_answered(condition: Callable[[], bool]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return condition()
        except Exception:  # noqa: BLE001  the database is coming back
            return False

    return asked
