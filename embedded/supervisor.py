"""Keeps a list of programs running: starts them in order, restarts what dies with back-off, stops in reverse order.

One process, one thread: that is what makes the death signal and fork safe here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from embedded.children import Child, Program
from embedded.errors import EmbeddedError, start_failed
from embedded.files import tail
from embedded.lifeline import Lifeline
from embedded.undertaker import Undertaker

POLL_SECONDS = 0.2
READY_POLL_SECONDS = 0.03
BACK_OFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
STEP_STOP_SECONDS = 5.0  # what a one-off program gets to end when everything stops
STEADY_SECONDS = 30.0  # a life this long clears the count of deaths

Report = Callable[[dict[str, Any]], None]


@dataclass
class Seat:
    """One program's place at the table: the child in it now, and what to do when it falls."""

    program: Program
    child: Child | None = None
    deaths: int = 0
    due_at: float | None = None  # monotonic; when to start it again
    held: bool = False  # stopped on purpose: stays down


class Supervisor:
    """Own the children. `report` receives events as dictionaries: died, restarted."""

    def __init__(self, lifeline: Lifeline, *, report: Report) -> None:
        self.lifeline = lifeline
        self._report = report
        self._undertaker = Undertaker()
        self._seats: dict[str, Seat] = {}

    def start(self, program: Program) -> None:
        """Start it and wait until it is ready. Raises StartFailed, leaving nothing of it behind."""
        self.begin(program)
        self.await_ready(program.name)

    def begin(self, program: Program) -> None:
        """Start it without waiting: several can come up side by side."""
        seat = Seat(program)
        self._seats[program.name] = seat
        program.prepare()
        self._spawn(seat, rotate=True)

    def await_ready(self, name: str) -> None:
        """Wait for one that was begun. Raises StartFailed, leaving nothing of it behind."""
        seat = self._seats[name]
        try:
            self._await_ready(seat)
        except EmbeddedError:
            self._end(seat)
            del self._seats[name]
            raise

    def run_once(self, program: Program, *, seconds: float) -> int | None:
        """Run a program to its end and return its exit code; None when it took too long and was ended."""
        child = Child(program, rotate=True)
        self._undertaker.watch(child.pid, program.stop_signal)
        deadline = time.monotonic() + seconds
        try:
            while (code := child.poll()) is None and time.monotonic() < deadline:
                self.lifeline.pause(READY_POLL_SECONDS)
        finally:
            child.ask_to_stop()
            child.finish(seconds=STEP_STOP_SECONDS)
            self._undertaker.forget(child.pid)
        return code

    def _spawn(self, seat: Seat, *, rotate: bool = False) -> None:
        seat.due_at = None
        seat.child = Child(seat.program, rotate=rotate)
        self._undertaker.watch(seat.child.pid, seat.program.stop_signal)

    def _await_ready(self, seat: Seat) -> None:
        program, child = seat.program, seat.child
        deadline = time.monotonic() + program.ready_seconds
        while child is not None:
            if (code := child.poll()) is not None:
                why = f"exit code {code}"
                raise start_failed(program.name, why=why, log=program.log, tail=tail(program.log))
            if program.ready():
                return
            if time.monotonic() > deadline:
                why = f"not ready after {program.ready_seconds:.0f} s"
                raise start_failed(program.name, why=why, log=program.log, tail=tail(program.log))
            self.lifeline.pause(READY_POLL_SECONDS)

    def pids(self) -> dict[str, int | None]:
        """Return every program's process id now; None while it is down."""
        return {
            name: seat.child.pid if seat.child and seat.child.poll() is None else None
            for name, seat in self._seats.items()
        }

    def wait(self) -> list[dict[str, Any]]:
        """Look after the children once, wait a moment, return commands. Raises StopRequested."""
        for seat in self._seats.values():
            self._look_after(seat)
        return self.lifeline.wait(POLL_SECONDS)

    def _look_after(self, seat: Seat) -> None:
        child = seat.child
        if child is not None and (code := child.poll()) is not None:
            self._collect(seat)
            if seat.held:
                return
            seat.deaths = 1 if time.monotonic() - child.started_at > STEADY_SECONDS else seat.deaths + 1
            delay = BACK_OFF_SECONDS[min(seat.deaths, len(BACK_OFF_SECONDS)) - 1]
            seat.due_at = time.monotonic() + delay
            self._report({"event": "died", "name": seat.program.name, "exit_code": code, "retry_seconds": delay})
        if seat.due_at is not None and time.monotonic() >= seat.due_at:
            self._start_again(seat)

    def _start_again(self, seat: Seat) -> None:
        try:
            seat.program.prepare()
            self._spawn(seat)
        except (EmbeddedError, OSError) as problem:
            seat.due_at = time.monotonic() + BACK_OFF_SECONDS[-1]
            self._report({"event": "restart_failed", "name": seat.program.name, "why": str(problem)[:1000]})
            return
        self._report({"event": "restarted", "name": seat.program.name, "pid": self.pids()[seat.program.name]})

    def _collect(self, seat: Seat) -> None:
        if seat.child is not None:
            seat.child.finish(seconds=0)
            self._undertaker.forget(seat.child.pid)
            seat.child = None

    def _end(self, seat: Seat) -> None:
        seat.held, seat.due_at = True, None
        if seat.child is not None:
            seat.child.ask_to_stop()
            seat.child.finish()
            self._undertaker.forget(seat.child.pid)
            seat.child = None

    def hold(self, name: str) -> None:
        """From now on leave it down when it ends."""
        self._seats[name].held = True

    def stop(self, name: str) -> None:
        """End one program and keep it down."""
        self._end(self._seats[name])

    def resume(self, name: str) -> None:
        """Start one that is down and wait until it is ready; one that runs is left alone. Raises StartFailed."""
        seat = self._seats[name]
        seat.held = False
        if seat.child is not None and seat.child.poll() is None:
            return
        self._collect(seat)
        seat.deaths = 0
        seat.program.prepare()
        self._spawn(seat)
        self._await_ready(seat)

    def is_ready(self, name: str) -> bool:
        """Say whether it runs and answers."""
        return self.pids()[name] is not None and self._seats[name].program.ready()

    def stop_all(self) -> None:
        """End everything, last started first, and the undertaker after them."""
        for seat in reversed(self._seats.values()):
            with suppress(OSError):
                self._end(seat)
        self._undertaker.dismiss()

    def remove_at_the_end(self, folder: str) -> None:
        """Have a temporary folder deleted however this process ends."""
        self._undertaker.remove_folder(folder)
