"""Messages that leave from one thread, each at its slot, and what becomes of those that miss it or are not answered."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.gateways.departure import Answer, Go, Steps, at_once, not_in_steps
from app.gateways.send_limiter import Slot
from app.gateways.wechat import SendOutcome, outcomes
from jobs import flight
from jobs.flight import Flight

RATES = {"app": 100.0}


class Line:
    """A limiter without a limit: `granted` says how many slots it has left to give; it remembers what was given back."""

    def __init__(self, *, grants: int = 99) -> None:
        self.grants = grants
        self.asked: list[tuple[int, list[int]]] = []

    def wait(self, slot: Slot) -> bool:
        time.sleep(max(0.0, slot.not_before - time.monotonic()))
        return time.monotonic() <= slot.not_after

    def reserve(self, rates: Any, n: int = 1, *, unused: Sequence[Slot] = ()) -> Slot:
        assert rates is RATES
        self.asked.append((n, [slot.name for slot in unused]))
        n = min(n, self.grants)
        self.grants -= n
        if not n:
            return Slot(granted=False, wait_seconds=0.05)
        at = time.monotonic() + 0.02
        return Slot(
            granted=True,
            wait_seconds=0.02,
            n=n,
            interval_seconds=0.01,
            not_before=at,
            not_after=at + 0.2,
            name=7_000_000,
        )

    def acquire(self, rates: Any, *, timeout_seconds: float, unused: Slot | None = None) -> bool:
        assert timeout_seconds
        found = self.reserve(rates, unused=[unused] if unused else [])
        return found.granted and self.wait(found)


class Post:
    """A channel: what it is asked to send leaves at once or, with `in_steps`, step by step, answered over a real socket."""

    def __init__(self) -> None:
        self.left: list[tuple[str, str, float]] = []
        self.prepared: list[str] = []
        self.blocking: set[str] = set()
        self.again: set[str] = set()
        self.silent: set[str] = set()
        self.patience = 5.0
        self.wires: dict[str, socket.socket] = {}

    def send(self, letter: Any, *, go: Go = at_once) -> SendOutcome:
        if not go():
            return outcomes.no_slot()
        self._leave(letter.name)
        return SendOutcome(status="ok", reason="blocking")

    def in_steps(self, letter: Any) -> Steps[SendOutcome | None]:
        return not_in_steps() if letter.name in self.blocking else self._in_steps(letter.name)

    def _in_steps(self, name: str) -> Steps[SendOutcome | None]:
        self.prepared.append(name)
        while True:
            if not (yield None):
                return outcomes.no_slot()
            self._leave(name)
            here, there = socket.socketpair()
            if (former := self.wires.pop(name, None)) is not None:
                former.close()
            self.wires[name] = there
            with here:
                if name not in self.silent:
                    there.send(b"x")
                if not (yield Answer(here.fileno(), self.patience)):
                    return SendOutcome(status="unknown", reason="timeout")
                here.recv(1)
            if name not in self.again:
                return SendOutcome(status="ok", reason="in_steps")
            self.again.discard(name)

    def _leave(self, name: str) -> None:
        self.left.append((name, threading.current_thread().name, time.monotonic()))


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    yield made
    for wire in made.wires.values():
        wire.close()


def messages(names: str) -> list[Any]:
    return [SimpleNamespace(name=name, ticket=SimpleNamespace(channel="post")) for name in names]


def slots(*seconds: float) -> list[Slot]:
    """So many seconds from now, each good for 50 milliseconds."""
    now = time.monotonic()
    return [
        Slot(granted=True, wait_seconds=0.0, not_before=now + one, not_after=now + one + 0.05, name=number)
        for number, one in enumerate(seconds, start=1)
    ]


def fly(post: Post, line: Line, names: str, at: list[Slot]) -> list[list[tuple[str, str]]]:
    """Batches of (name, reason)."""
    one = Flight(limiter=cast(Any, line), channels={"post": cast(Any, post)}, rates=RATES)
    return [
        [(cast(Any, message).name, outcome.reason or "") for message, outcome in batch]
        for batch in one.land(messages(names), at)
    ]


def test_one_thread_sends_each_at_its_slot_and_all_are_told_together(post: Post) -> None:
    at = slots(0.05, 0.08, 0.11)
    line = Line()
    (landed,) = fly(post, line, "abc", at)
    assert sorted(landed) == [("a", "in_steps"), ("b", "in_steps"), ("c", "in_steps")]
    assert [name for name, _, _ in post.left] == ["a", "b", "c"]
    assert {thread for _, thread, _ in post.left} == {threading.current_thread().name}
    assert all(left >= slot.not_before for (_, _, left), slot in zip(post.left, at, strict=True))
    assert line.asked == []


def test_what_can_be_done_before_a_slot_is_done_before_it(post: Post) -> None:
    seen: list[list[str]] = []

    class Looking(Line):
        def wait(self, slot: Slot) -> bool:
            seen.append(list(post.prepared))
            return super().wait(slot)

    fly(post, Looking(), "abc", slots(0.05, 0.06, 0.07))
    # All while the first waited; with no time to spare each just before its own.
    assert seen[0] == ["a", "b", "c"]
    seen.clear()
    post.prepared.clear()
    fly(post, Looking(), "abc", slots(0.0, 0.0, 0.0))
    assert seen == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_missed_slots_are_given_back_once_for_others_asked_for_together(post: Post) -> None:
    line = Line(grants=1)
    at = slots(-1.0, 0.02, -1.0)
    threading.Timer(0.15, lambda: setattr(line, "grants", 9)).start()
    (landed,) = fly(post, line, "abc", at)
    assert sorted(name for name, _ in landed) == ["a", "b", "c"]
    assert line.asked[0] == (2, [1, 3])
    # One came; the other asks alone and has nothing left to give back.
    assert set(map(tuple, (unused for _, unused in line.asked[1:]))) == {()}
    assert [n for n, _ in line.asked[1:]] == [1] * (len(line.asked) - 1)
    assert [name for name, _, _ in post.left] == ["b", "a", "c"]


def test_when_no_slot_comes_nothing_leaves(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight, "SLOT_SECONDS", 0.2)
    (landed,) = fly(post, Line(grants=0), "ab", slots(-1.0, 0.01))
    assert sorted(landed) == [("a", "no_slot"), ("b", "in_steps")]
    assert [name for name, _, _ in post.left] == ["b"]


def test_a_call_made_again_is_one_message_more_in_somebodys_second(post: Post) -> None:
    post.again = {"a"}
    line = Line()
    (landed,) = fly(post, line, "ab", slots(0.01, 0.02))
    assert sorted(landed) == [("a", "in_steps"), ("b", "in_steps")]
    assert [name for name, _, _ in post.left] == ["a", "b", "a"]
    # Its own slot was used: it is not given back.
    assert line.asked == [(1, [])]


def test_an_answer_that_hangs_keeps_nobody_waiting(post: Post) -> None:
    post.silent, post.patience = {"b"}, 0.8
    began = time.monotonic()
    one = Flight(limiter=cast(Any, Line()), channels={"post": cast(Any, post)}, rates=RATES)
    landing = one.land(messages("abc"), slots(0.01, 0.02, 0.03))
    assert sorted(cast(Any, message).name for message, _ in next(landing)) == ["a", "c"]
    assert time.monotonic() - began < 0.7
    ((message, outcome),) = next(landing)
    assert (cast(Any, message).name, outcome.status) == ("b", "unknown")
    assert next(landing, None) is None


def test_what_is_not_taken_in_steps_leaves_from_threads_and_the_last_from_here(post: Post) -> None:
    post.blocking = {"a", "b"}
    (landed,) = fly(post, Line(), "ab", slots(0.02, 0.03))
    assert sorted(landed) == [("a", "blocking"), ("b", "blocking")]
    by_name = {name: thread for name, thread, _ in post.left}
    assert by_name["a"].startswith("sender")
    assert by_name["b"] == threading.current_thread().name
    # While something is under way, this thread is not kept from reading answers.
    post.left.clear()
    post.blocking = {"b"}
    post.silent = {"a"}
    post.patience = 0.1
    (landed,) = fly(post, Line(), "ab", slots(0.02, 0.03))
    assert sorted(landed) == [("a", "timeout"), ("b", "blocking")]
    assert {name: thread.startswith("sender") for name, thread, _ in post.left} == {"a": False, "b": True}


def test_a_flight_that_is_given_up_leaves_no_step_open(post: Post) -> None:
    post.silent = {"a", "b"}
    one = Flight(limiter=cast(Any, Line()), channels={"post": cast(Any, post)}, rates=RATES)
    landing = one.land(messages("ab"), slots(0.01, 0.02))
    threading.Timer(0.4, lambda: post.wires["a"].send(b"x")).start()
    next(landing)
    landing.close()
    # Its end of the wire is closed, though somebody still holds the flight.
    post.wires["b"].settimeout(5)
    assert post.wires["b"].recv(1) == b""
    assert one is not None
