"""The log of slots: what was missed is given out again, and still no window holds more than its rate."""

import random
import struct
import time
import uuid
from collections.abc import Iterator, Mapping

import pytest
import redis
from sqlalchemy import Engine

from app.gateways.send_limiter import SendLimiter, Slot

SPREAD = 0.02
WINDOW = round(1_000_000 * (1 + SPREAD))


class Desk:
    """A limiter of this test's own, and every slot it gave, on Redis's clock."""

    def __init__(self, client: redis.Redis, engine: Engine) -> None:
        self._client, self.key = client, f"test:slots:{uuid.uuid4().hex}"
        self.limiter = SendLimiter(client, engine, key=self.key, spread_seconds=SPREAD)
        # Past the first window, in which nothing is granted.
        assert not self.limiter.reserve({"app": 1}).granted
        client.hset(self.key, "!floor", "0")
        self.given: list[int] = []

    def ask(
        self, keys: Mapping[str, float], n: int = 1, *, lead: float = 0.0, unused: list[Slot] | None = None
    ) -> Slot:
        slot = self.limiter.reserve(keys, n=n, lead_seconds=lead, unused=unused or [])
        for one in unused or []:
            if slot.granted:
                self.given.remove(one.name)
        self.given += [slot.nth(index).name for index in range(slot.n)]
        return slot

    def log(self, name: str) -> list[int]:
        """What Redis remembers of a limit."""
        packed = self._client.hget(self.key, f"l:{name}")
        assert isinstance(packed, bytes)
        return [round(at) for (at,) in struct.iter_unpack(">d", packed)]

    def fullest(self) -> int:
        """The most slots in any window."""
        given, most, first = sorted(self.given), 0, 0
        for last, at in enumerate(given):
            while given[first] <= at - WINDOW:
                first += 1
            most = max(most, last - first + 1)
        return most


@pytest.fixture
def desk(redis_client: redis.Redis, engine: Engine) -> Iterator[Desk]:
    made = Desk(redis_client, engine)
    yield made
    redis_client.delete(made.key)


def fill(desk: Desk, rate: float, *, n: int = 4) -> Slot:
    """Reserve until the line is full; the last slot given."""
    last = None
    while (slot := desk.ask({"app": rate}, n)).granted:
        last = slot
    assert last is not None
    return last


def keep_asking(desk: Desk, rate: float, *, seconds: float) -> None:
    """Take every slot there is, for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not desk.ask({"app": rate}).granted:
            time.sleep(0.02)


def test_a_refusal_gives_nothing_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for another slot in place of a missed one hands it in with the question that is granted."""
    asked: list[list[int]] = []

    def reserve(_keys: object, n: int = 1, *, unused: list[Slot]) -> Slot:
        assert n == 1
        asked.append([slot.name for slot in unused])
        return Slot(granted=len(asked) == 3, wait_seconds=0.0, not_after=time.monotonic() + 9)

    monkeypatch.setattr(desk.limiter, "reserve", reserve)
    missed = Slot(granted=True, wait_seconds=0.0, name=7)
    assert desk.limiter.acquire({"app": 1}, timeout_seconds=5, unused=missed)
    assert asked == [[7]] * 3


def test_however_late_somebody_is_no_window_holds_more(desk: Desk) -> None:
    rng, rate = random.Random(7), 200
    deadline = time.monotonic() + 4
    kept: list[Slot] = []
    while time.monotonic() < deadline:
        unused = [kept.pop() for _ in range(min(len(kept), rng.choice([0, 0, 1, 3])))]
        slot = desk.ask({"app": rate}, rng.choice([1, 2, 8]), lead=rng.choice([0.0, 0.05]), unused=unused)
        if not slot.granted:
            kept += unused
            time.sleep(min(slot.wait_seconds, 0.05))
        elif rng.random() < 0.2:
            kept += [slot.nth(index) for index in range(slot.n)]
        if rng.random() < 0.1:
            time.sleep(rng.uniform(0.02, 0.2))
    assert desk.fullest() <= rate
    assert len(desk.given) > 2 * rate


def test_the_first_slots_keep_the_pace(desk: Desk) -> None:
    """A limit that rested has no claim to what it did not use."""
    fill(desk, 100)
    steps = [later - sooner for sooner, later in zip(desk.given, desk.given[1:], strict=False)]
    assert min(steps) == 10_200


def test_what_a_pause_cost_is_made_up_for(desk: Desk) -> None:
    rate = 100
    keep_asking(desk, rate, seconds=2.2)
    # Nobody asks until the line has run empty and a tenth of a second has passed unused.
    time.sleep(0.35)
    keep_asking(desk, rate, seconds=1.8)
    given = sorted(desk.given)
    gap = max(range(1, len(given)), key=lambda number: given[number] - given[number - 1])
    assert given[gap] - given[gap - 1] > 50_000
    steps = [later - sooner for sooner, later in zip(given[gap:], given[gap + 1 :], strict=False)]
    # Somewhat faster than the pace until it is made up for; the last window is full again, and none was fuller.
    assert steps[0] == 9_180
    assert len([at for at in given if at > given[-1] - WINDOW]) == rate
    assert desk.fullest() == rate


def test_a_slot_given_back_is_given_again(desk: Desk) -> None:
    rate = 50
    keep_asking(desk, rate, seconds=1.5)
    before = desk.log("app")
    slot = desk.ask({"app": rate})
    while not slot.granted:
        time.sleep(0.02)
        slot = desk.ask({"app": rate})
    assert desk.log("app")[-1] == slot.name
    time.sleep(0.1)
    other = desk.ask({"app": rate}, unused=[slot])
    after = desk.log("app")
    assert slot.name not in after
    assert after[-1] == other.name
    # One went, one came.
    assert len([at for at in after if at > before[-1]]) == 1
    # What was never given cannot be given back.
    stranger = Slot(granted=True, wait_seconds=0, name=12_345)
    desk.limiter.reserve({"app": rate}, unused=[stranger])
    assert len(desk.log("app")) >= len(after)


def test_no_slot_is_nearer_than_the_lead(desk: Desk) -> None:
    began = time.monotonic()
    slot = desk.ask({"app": 100}, lead=0.1)
    assert slot.not_before - began > 0.1
    # The next one follows it at the pace, not after another lead; on a machine that lost time in between, by as much.
    following = desk.ask({"app": 100}, lead=0.1)
    assert following.name - slot.name <= max(10_200, (time.monotonic() - began) * 1_000_000)


def test_a_crowd_of_limits_is_forgotten_with_its_logs(desk: Desk, redis_client: redis.Redis) -> None:
    for number in range(300):
        desk.limiter.reserve({f"campaign-{number}": 1_000})
    held = redis_client.hlen(desk.key)
    # Of the last window nothing may be forgotten.
    assert held >= 600
    for number in range(300):
        redis_client.hset(desk.key, f"k:campaign-{number}", "0")
    desk.limiter.reserve({"app": 1_000})
    assert redis_client.hlen(desk.key) < 20
