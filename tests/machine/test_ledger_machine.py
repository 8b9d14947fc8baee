"""Random lives of members, played in the product and in a notebook side by side: the two never differ.

2,000 steps here, 20,000 in `make chaos`. A play that once found something stays below as a test of its own.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machines import LedgerMachine, YearlyMachine


def _play(machine: type[LedgerMachine], app: APIFlask, *, plays: int, wanted: int, is_exploring: bool) -> int:
    """Play, and tell after how many steps the two were compared."""

    class Played(machine):  # type: ignore[valid-type, misc]
        pass

    Played.app, Played.steps_played = app, 0
    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=plays,
            stateful_step_count=50,
            deadline=None,
            # The same lives each time, unless asked to explore; only then is it worth the minutes to find the shortest.
            derandomize=not is_exploring,
            phases=(Phase.generate, Phase.shrink) if is_exploring else (Phase.generate,),
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    steps: int = Played.steps_played
    assert steps >= wanted
    return steps


# Two machines of a thousand steps here, of ten thousand in `make chaos`.
@pytest.mark.parametrize("machine", [LedgerMachine, YearlyMachine])
def test_the_product_and_the_notebook_agree(
    machine: type[LedgerMachine], shared_app: APIFlask, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property(
        f"steps of {machine.__name__}", _play(machine, shared_app, plays=23, wanted=1_000, is_exploring=False)
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", [LedgerMachine, YearlyMachine])
def test_the_product_and_the_notebook_agree_for_long(
    machine: type[LedgerMachine], shared_app: APIFlask, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property(
        f"steps of {machine.__name__}", _play(machine, shared_app, plays=260, wanted=10_000, is_exploring=True)
    )


def _owing_beside_a_forgotten_hold(machine: LedgerMachine) -> None:
    """Between the end of a hold and its tick, owed points looked spendable."""
    machine.earn(pick=0, amount=292, pending_days=0)
    machine.hold(pick=0, amount=250, minutes=30)
    machine.take_back(pick=0, part=4)
    machine.books_agree()
    machine.advance_clock(timedelta(days=1))
    machine.books_agree()
    machine.earn(pick=0, amount=100, pending_days=0)


def _a_hold_asked_for_twice(machine: LedgerMachine) -> None:
    """The machine itself replayed a hold under another name."""
    machine.adjust(pick=0, amount=2)
    machine.hold(pick=0, amount=1, minutes=5)
    machine.books_agree()
    machine.replay(pick=1)


def _a_refund_of_nothing_beside_a_forgotten_hold(machine: LedgerMachine) -> None:
    """A refund with nothing left to take did not notice the hold, and the notebook thought it had to."""
    machine.purchase(pick=0, fen=100)
    machine.adjust(pick=0, amount=1)
    machine.refund(pick=0, part=1)
    machine.hold(pick=0, amount=1, minutes=5)
    machine.advance_clock(timedelta(minutes=7))
    machine.refund(pick=0, part=1)
    machine.books_agree()
    machine.holds_tick()


def _an_undo_past_the_expiry_of_what_was_owed(machine: LedgerMachine) -> None:
    """Points spent, owed, given back after their time: they expired and stayed owed."""
    machine.earn(pick=0, amount=100, pending_days=0)
    machine.spend(pick=0, amount=100)
    machine.take_back(pick=0, part=2)
    for _ in range(3):
        machine.advance_clock(timedelta(days=180))
    machine.undo_spending(pick=0)
    machine.books_agree()
    machine.expiry_tick()
    machine.take_back(pick=0, part=4)


def _a_debt_paid_late(machine: LedgerMachine) -> None:
    """Whether the debt took the forgotten points or those that came in after them hung on when the tick ran."""
    machine.earn(pick=0, amount=100, pending_days=0)
    machine.hold(pick=0, amount=60, minutes=5)
    machine.spend(pick=0, amount=40)
    machine.take_back(pick=0, part=4)
    machine.advance_clock(timedelta(days=180))
    machine.earn(pick=0, amount=70, pending_days=0)
    machine.books_agree()
    machine.check_in(pick=0, days=7)


def _one_day_of_three_who_become_one(machine: LedgerMachine) -> None:
    """A day two of them had had stayed with one merged away; `flask verify` did not find the points the third had got."""
    machine.sign_up()
    machine.sign_up()
    for pick in (0, 2):
        machine.check_in(pick=pick, days=1)
    for pick in (0, 0):
        machine.merge(pick=pick)


@pytest.mark.parametrize(
    "found",
    [
        _owing_beside_a_forgotten_hold,
        _a_hold_asked_for_twice,
        _a_refund_of_nothing_beside_a_forgotten_hold,
        _an_undo_past_the_expiry_of_what_was_owed,
        _a_debt_paid_late,
        _one_day_of_three_who_become_one,
    ],
)
@pytest.mark.parametrize("machine", [LedgerMachine, YearlyMachine])
def test_a_play_that_once_found_something(
    shared_app: APIFlask, machine: type[LedgerMachine], found: Callable[[LedgerMachine], None]
) -> None:
    machine.app = shared_app
    playing = machine()
    try:
        playing.first_member()
        found(playing)
        playing.books_agree()
    finally:
        playing.teardown()
