"""Many calls at one instant: real processes, real connections, real commits, and how each call ended."""

import multiprocessing as mp
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text

from app import transaction
from app.errors import LoyaltyError
from app.extensions import db
from app.services import verification
from tests.conftest import CommittedDatabase

PROCESSES = 4
# A race that takes longer hangs; nothing is measured.
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    """`value` of a call that committed; else the `code` of its refusal, or the crash in words."""

    value: Any = None
    code: str | None = None
    crash: str | None = None

    @property
    def ok(self) -> bool:
        return self.code is None and self.crash is None


@dataclass(frozen=True)
class Call:
    """A module-level function (children import it by name) and its keyword arguments."""

    work: Callable[..., Any]
    values: dict[str, Any]


def call(work: Callable[..., Any], **values: Any) -> Call:
    """`call(claim, member_id=1)`: the work runs in one transaction and returns something picklable."""
    return Call(work, values)


def tally(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many ended how: `{"ok": 1, "batch_exhausted": 63}`. Raises on a crash."""
    crashes = [outcome.crash for outcome in outcomes if outcome.crash]
    assert not crashes, crashes[0]
    return dict(Counter(outcome.code or "ok" for outcome in outcomes))


def assert_verified(database: CommittedDatabase) -> None:
    """Every invariant `flask verify` knows holds after the race."""
    with database.session():
        broken = {finding.name: finding.broken for finding in verification.check_all() if finding.broken}
    assert not broken, broken


class Racers:
    """Processes that stay up between races, so that each race starts at once. Use as a context manager."""

    def __init__(self, processes: int = PROCESSES) -> None:
        context = mp.get_context("spawn")
        self._barrier = context.Barrier(processes)
        self._pipes: list[Connection] = []
        self._children: list[mp.process.BaseProcess] = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            child = context.Process(target=_serve, args=(theirs, self._barrier), daemon=True)
            child.start()
            theirs.close()
            self._pipes.append(ours)
            self._children.append(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for child in self._children:
            child.join(10)
            if child.is_alive():
                child.kill()
                child.join()

    def run(self, database: CommittedDatabase, calls: Sequence[Call]) -> list[Outcome]:
        """Start every call at the same instant, one thread and connection each; outcomes in the order of the calls."""
        # A loaded machine must not turn a queue at a row into a refusal.
        patient = {"DB_LOCK_TIMEOUT_MS": "60000", "DB_STATEMENT_TIMEOUT_MS": "90000", "DB_POOL_TIMEOUT_SECONDS": "60"}
        environment = {**database.environment, **patient, "DB_POOL_SIZE": str(len(calls))}
        for number, pipe in enumerate(self._pipes):
            pipe.send((environment, calls[number :: len(self._pipes)]))
        outcomes: list[Outcome | None] = [None] * len(calls)
        for number, pipe in enumerate(self._pipes):
            if not pipe.poll(PATIENCE_SECONDS):
                raise TimeoutError("a racer did not come back")
            outcomes[number :: len(self._pipes)] = pipe.recv()
        return [outcome or Outcome(crash="lost") for outcome in outcomes]


def _serve(pipe: Connection, barrier: Barrier) -> None:
    """A racer's life: one race after another until the pipe closes."""
    from app import create_app
    from config import Config

    app, known = None, None
    while True:
        try:
            environment, calls = pipe.recv()
        except EOFError:
            return
        # Rounds of one race keep their application and its connections: making them takes longer than a round.
        if app is None or environment != known:
            if app is not None:
                with app.app_context():
                    db.engine.dispose()
            app, known = create_app(Config.from_env(environment)), environment
        pipe.send(_race(app, calls, barrier))


def _race(app: Any, calls: Sequence[Call], barrier: Barrier) -> list[Outcome]:
    outcomes = [Outcome(crash="never started")] * len(calls)
    at_the_line = threading.Barrier(len(calls) + 1)

    def run(number: int) -> None:
        with app.app_context():
            # Dialled before the start, so that connecting does not stretch the field.
            db.session.execute(text("SELECT 1"))
            at_the_line.wait(PATIENCE_SECONDS)
            at_the_line.wait(PATIENCE_SECONDS)
            db.session.rollback()
            outcomes[number] = _outcome(calls[number])

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    at_the_line.wait(PATIENCE_SECONDS)
    barrier.wait(PATIENCE_SECONDS)
    at_the_line.wait(PATIENCE_SECONDS)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return outcomes


def _outcome(work: Call) -> Outcome:
    try:
        return Outcome(value=transaction.run(lambda: work.work(**work.values)))
    except LoyaltyError as refusal:
        return Outcome(code=refusal.code)
    except Exception as crash:  # noqa: BLE001 a crash is a result here: the test shows it
        return Outcome(crash=f"{type(crash).__name__}: {crash}")
