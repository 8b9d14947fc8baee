"""Where a server's clock stands on ours, from answers that each leave much open."""

import random

import pytest

from app.gateways.send_limiter.server_clock import DRIFT, ServerClock
from app.gateways.send_limiter.slot import MICROSECONDS


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Our clock: its one entry."""
    now = [1_000.0]
    monkeypatch.setattr("app.gateways.send_limiter.server_clock.time.monotonic", lambda: now[0])
    return now


def ask(clock: ServerClock, line: list[float], *, offset: float, there: float, back: float) -> int:
    """A question and its answer; returns what the server read, in microseconds."""
    before = line[0]
    read = round((before + there - offset) * MICROSECONDS)
    line[0] = before + there + back
    clock.see(read, before=before, after=line[0])
    return read


def test_nothing_is_known_before_the_first_answer() -> None:
    with pytest.raises(RuntimeError, match="nothing is known"):
        ServerClock().ours(1)


def test_slow_answers_narrow_it_down_together(line: list[float]) -> None:
    clock, offset, rng = ServerClock(), 123.456, random.Random(1)
    for _ in range(200):
        # Mostly slow, one way or the other; both ends of the truth are touched by some.
        read = ask(clock, line, offset=offset, there=rng.uniform(0.0002, 0.02), back=rng.uniform(0.0002, 0.02))
        earliest, latest = clock.ours(read)
        truth = read / MICROSECONDS + offset
        assert earliest <= truth + 1e-6
        assert truth - 1e-6 <= latest
        line[0] += 0.01
    # Each answer alone left twenty milliseconds open.
    assert latest - earliest < 0.006


def test_clocks_that_part_are_followed(line: list[float]) -> None:
    clock, offset = ServerClock(), 5.0
    for _ in range(1_000):
        offset += 0.1 * DRIFT / 2
        read = ask(clock, line, offset=offset, there=0.001, back=0.001)
        line[0] += 0.1
        earliest, latest = clock.ours(read)
        assert earliest <= read / MICROSECONDS + offset <= latest


def test_a_clock_that_was_set_is_believed_at_once(line: list[float]) -> None:
    clock = ServerClock()
    for _ in range(10):
        ask(clock, line, offset=5.0, there=0.001, back=0.001)
    for offset in (8.0, -3.0):
        read = ask(clock, line, offset=offset, there=0.001, back=0.001)
        earliest, latest = clock.ours(read)
        assert earliest <= read / MICROSECONDS + offset <= latest
        assert latest - earliest == pytest.approx(0.002)
