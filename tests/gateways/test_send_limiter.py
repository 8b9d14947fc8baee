"""Never more than R in any second: over processes, through a flush, a restart, a dead Redis and back."""

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text

from app.gateways.send_limiter import SendLimiter
from app.gateways.send_limiter.slot import HORIZON, MICROSECONDS, intervals, plan
from tests.gateways.limiter_crew import Crew, busiest_second
from tests.gateways.mortal_valkey import MortalValkey


@pytest.fixture
def key() -> str:
    """A hash of this test's own."""
    return f"test:slots:{uuid.uuid4().hex}"


@pytest.fixture
def clean_slots(engine: Engine) -> Iterator[None]:
    """The lease is one for the whole database: leave none behind."""
    yield
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM send_slot"))


@pytest.fixture
def limiter(redis_client: redis.Redis, engine: Engine, key: str) -> SendLimiter:
    """Past the first window, in which nothing is granted."""
    made = SendLimiter(redis_client, engine, key=key)
    assert not made.reserve({"app": 1}).granted
    redis_client.hset(key, "!floor", "0")
    return made


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Four processes."""
    made = Crew(4)
    yield made
    made.close()


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def order(redis_url: str, database_url: str, key: str, *, seconds: float, rate: int) -> dict[str, Any]:
    return {
        "redis_url": redis_url,
        "database_url": database_url,
        "key": key,
        "seconds": seconds,
        "keys": {"app": rate},
    }


@pytest.mark.parametrize("rate", [200, 10])
def test_several_processes_share_one_rate(crew: Crew, redis_url: str, database_url: str, key: str, rate: int) -> None:
    crew.start(*[order(redis_url, database_url, key, seconds=3.5, rate=rate)] * 4)
    stamps = crew.stamps()
    assert busiest_second(stamps) <= rate
    # 2.5 seconds are left after the first window; the line must not stand idle in them.
    assert len(stamps) >= rate * 2.5 * 0.5


def test_a_flush_does_not_let_more_through(
    crew: Crew, database_url: str, key: str, mortal_valkey: MortalValkey
) -> None:
    crew.start(*[order(mortal_valkey.url, database_url, key, seconds=4.5, rate=150)] * 4)
    pause(1.7)
    mortal_valkey.flush()
    flushed_at = time.monotonic()
    pause(1.3)
    mortal_valkey.flush()
    stamps = crew.stamps()
    assert busiest_second(stamps) <= 150
    assert any(stamp < flushed_at for stamp in stamps)
    assert any(stamp > flushed_at + 1 for stamp in stamps)


def test_a_dead_redis_hands_over_to_postgresql_and_back(
    crew: Crew, database_url: str, key: str, mortal_valkey: MortalValkey, clean_slots: None
) -> None:
    crew.start(*[order(mortal_valkey.url, database_url, key, seconds=13, rate=50)] * 3)
    pause(1.8)
    mortal_valkey.kill()
    killed_at = time.monotonic()
    pause(4.5)
    mortal_valkey.start()
    revived_at = time.monotonic()
    stamps = crew.stamps()
    assert busiest_second(stamps) <= 50
    assert any(stamp < killed_at for stamp in stamps)
    assert any(killed_at + 1 < stamp < revived_at for stamp in stamps)
    # The lease runs out three seconds after Redis is back; a window later its slots are used again.
    with mortal_valkey.client() as client:
        assert client.exists(key)


def test_a_worker_cut_off_from_redis_takes_the_others_along(
    crew: Crew, database_url: str, key: str, mortal_valkey: MortalValkey, clean_slots: None
) -> None:
    """A partition, not a death: whoever still reaches Redis must not send beside those who do not."""
    reaching = order(mortal_valkey.url, database_url, key, seconds=7, rate=60)
    cut_off = {**reaching, "redis_url": "redis://127.0.0.1:9/0", "after": 2, "seconds": 5}
    crew.start(reaching, reaching, cut_off)
    stamps = crew.stamps()
    assert len(stamps) > 60
    assert busiest_second(stamps) <= 60


def test_after_a_flush_the_first_slot_is_a_window_away(redis_client: redis.Redis, engine: Engine, key: str) -> None:
    limiter = SendLimiter(redis_client, engine, key=key)
    fresh = limiter.reserve({"app": 100})
    assert not fresh.granted
    assert fresh.wait_seconds > 0.5  # to within the horizon of a second
    assert limiter.acquire({"app": 100}, timeout_seconds=10)
    redis_client.delete(key)
    assert not limiter.reserve({"app": 100}).granted


@pytest.mark.parametrize(("field", "value"), [("!run", "another-server"), ("!last", "9000000000000000")])
def test_another_server_or_a_clock_set_back_is_a_new_beginning(
    limiter: SendLimiter, redis_client: redis.Redis, key: str, field: str, value: str
) -> None:
    assert limiter.reserve({"app": 1000}).granted
    redis_client.hset(key, field, value)
    assert not limiter.reserve({"app": 1000}).granted


def test_several_keys_are_reserved_together_or_not_at_all(limiter: SendLimiter) -> None:
    assert limiter.reserve({"app": 1000, "campaign": 0.01}).granted
    refused = limiter.reserve({"app": 1000, "campaign": 0.01})
    assert not refused.granted
    assert refused.wait_seconds > 60
    # The refusal took nothing from the shared key.
    assert limiter.reserve({"app": 1000}).wait_seconds < 0.1


def test_a_slow_campaign_leaves_the_account_to_the_others(limiter: SendLimiter) -> None:
    slow = {"app": 200, "slow": 5}
    for _ in range(20):
        slot = limiter.reserve(slow)
        # Given ahead, the slow campaign's slot would hold up everybody behind it.
        assert not slot.granted or slot.wait_seconds < 0.02
        assert limiter.reserve({"app": 200}).wait_seconds < 0.1


def test_slots_reserved_together_follow_each_other(limiter: SendLimiter) -> None:
    began = time.monotonic()
    slot = limiter.reserve({"app": 100}, n=5)
    assert (slot.granted, slot.n) == (True, 5)
    assert slot.nth(4).not_before - slot.nth(0).not_before == pytest.approx(4 * slot.interval_seconds)
    after = limiter.reserve({"app": 100})
    # Measured from before the first call: a late answer moves `not_before`, never what the server counted.
    assert after.wait_seconds + (time.monotonic() - began) >= 5 * slot.interval_seconds - 0.001
    # No more than fit into a quarter of a second, so that a dying worker does not hold the line up.
    assert limiter.reserve({"other": 4}, n=50).n == 1


@pytest.mark.parametrize("keys", [{}, {"app": 0}, {"app": -1}, {"app": 1e9}, {"app": float("nan")}])
def test_an_impossible_limit_is_refused(limiter: SendLimiter, keys: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="limit"):
        limiter.reserve(keys)


def test_a_slot_that_came_too_late_is_not_used(limiter: SendLimiter) -> None:
    slot = limiter.reserve({"app": 10})
    assert not limiter.wait(slot, sleep=lambda seconds: pause(seconds + 0.1)) or slot.wait_seconds == 0
    pause(0.1)
    assert not limiter.wait(slot)


def test_half_of_the_spread_is_left_for_the_way(limiter: SendLimiter, redis_client: redis.Redis, key: str) -> None:
    patient = SendLimiter(redis_client, key=key, spread_seconds=0.4)
    slot = patient.reserve({"app": 10})
    assert slot.granted
    assert 0.1 < slot.not_after - slot.not_before <= 0.2


def test_without_redis_and_fallback_nothing_is_granted(mortal_valkey: MortalValkey, key: str) -> None:
    mortal_valkey.kill()
    limiter = SendLimiter(mortal_valkey.client(), key=key)
    refused = limiter.reserve({"app": 1000})
    assert not refused.granted
    assert refused.wait_seconds >= 0.5
    assert not limiter.acquire({"app": 1000}, timeout_seconds=0.1)


def test_without_redis_and_postgresql_nothing_is_granted(mortal_valkey: MortalValkey, key: str) -> None:
    nowhere = create_engine("postgresql+psycopg://x:x@127.0.0.1:9/x", connect_args={"connect_timeout": 1})
    assert not SendLimiter(mortal_valkey.client(), nowhere, key=key).reserve({"app": 1000}).granted


@settings(deadline=None)
@given(
    rates=st.dictionaries(st.sampled_from("abcd"), st.floats(0.5, 1000), min_size=1),
    ahead=st.dictionaries(st.sampled_from("abcd"), st.integers(-1000, 600_000)),
)
def test_a_slot_is_never_before_any_key_is_free(rates: dict[str, float], ahead: dict[str, int]) -> None:
    now = 10**15
    every = intervals(rates, spread_seconds=0.02)
    free_at = {name: now + ahead.get(name, 0) for name in every}
    found = plan(now, free_at, every)
    if found.granted:
        assert found.at >= max(now, *free_at.values())
        assert found.at - now <= HORIZON
    else:
        assert now < found.at <= now + MICROSECONDS
