"""How wide a volley is, how early it starts, and what becomes of slots that were missed."""

import time
from typing import Any

import pytest

from app.gateways.send_limiter import Slot
from app.wiring import parts
from jobs import lead, volley
from jobs.lead import Lead


class Counting:
    """A limiter that gives slots half a second from now, and remembers what it was asked for and given back."""

    def __init__(self, *, grants: int = 99) -> None:
        self.asked: list[tuple[int, float, list[int]]] = []
        self.grants = grants

    def reserve(self, keys: Any, n: int = 1, *, lead_seconds: float = 0.0, unused: Any = ()) -> Slot:
        assert keys
        self.asked.append((n, lead_seconds, [slot.name for slot in unused]))
        n = min(n, self.grants)
        if not n:
            return Slot(granted=False, wait_seconds=0.1)
        at = time.monotonic() + 0.5
        return Slot(
            granted=True, wait_seconds=0.5, n=n, interval_seconds=0.01, not_before=at, not_after=at, name=7_000_000
        )


@pytest.fixture
def limiter(app: Any, monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(parts(), "limiter", made)
    return made


def slot(*, seconds: float, name: int) -> Slot:
    """So many seconds from now."""
    at = time.monotonic() + seconds
    return Slot(granted=True, wait_seconds=max(0.0, seconds), not_before=at, not_after=at + 0.01, name=name)


@pytest.mark.parametrize(("rate", "wide"), [(1, 1), (10, 1), (100, 2), (250, 4), (500, 16), (5_000, 16)])
def test_a_volley_is_wide_where_much_leaves(rate: float, wide: int) -> None:
    assert volley.width(rate) == wide


def test_kept_slots_are_used_while_there_is_time_to_start(limiter: Counting) -> None:
    near, far = slot(seconds=0.001, name=1), slot(seconds=0.4, name=2)
    assert volley.get_slots([near, far], {"app": 10}, n=3) == ([far], 0.0)
    assert limiter.asked == []
    # None left: as many as wanted, far enough away, and the limiter may give the old ones to somebody else.
    slots, wait_seconds = volley.get_slots([near], {"app": 10}, n=3)
    assert (len(slots), wait_seconds) == (3, 0.0)
    assert limiter.asked == [(3, volley.LEAD.seconds, [1])]


def test_missed_slots_are_given_back_for_others_at_once(limiter: Counting) -> None:
    missed, good, missed_too = slot(seconds=-0.1, name=1), slot(seconds=0.3, name=2), slot(seconds=-0.2, name=3)
    limiter.grants = 1
    slots = volley._in_time([missed, good, missed_too], {"app": 10})
    assert limiter.asked == [(2, 0.0, [1, 3])]
    # One came instead; who has none must not give the same one back twice.
    assert [one.name for one in slots] == [2, 7_000_000, 0]
    assert volley._in_time([good], {"app": 10}) == [good]
    assert len(limiter.asked) == 1
    # Refused, and still to be given back.
    limiter.grants = 0
    assert volley._in_time([missed, good], {"app": 10}) == [missed, good]


def test_the_lead_follows_what_starting_takes() -> None:
    learnt = Lead()
    assert learnt.seconds == lead.SHORTEST
    for _ in range(50):
        learnt.learn(0.06)
    assert 0.06 < learnt.seconds < 0.08
    # One that took long makes the next ones careful, for a while.
    learnt.learn(0.2)
    careful = learnt.seconds
    assert careful > 0.15 - 1e-9
    for _ in range(60):
        learnt.learn(0.005)
    assert learnt.seconds == lead.SHORTEST
    for _ in range(60):
        learnt.learn(5.0)
    assert learnt.seconds == lead.LONGEST
