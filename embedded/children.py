"""Start, watch and stop one child process. Each child leads its own session, so its whole group can be ended."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from embedded.account import Account
from embedded.files import open_log

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _always() -> bool:
    return True


def _nothing() -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run and how. `feed` goes to its standard input; `ready` answers cheaply and never raises."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    log: Path
    account: Account | None = None
    feed: bytes = b""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    ready: Callable[[], bool] = field(default=_always)
    ready_seconds: float = 60.0
    prepare: Callable[[], None] = field(default=_nothing)  # before every start, also a restart


class Child:
    """A started Program."""

    def __init__(self, program: Program, *, rotate: bool = False) -> None:
        self.program = program
        self.started_at = time.monotonic()
        account, us = program.account, os.getpid()
        log = open_log(program.log, rotate=rotate)

        def follow_parent() -> None:
            # Runs after the uid change, which would clear it. Linux only; elsewhere the undertaker does the work.
            if _LIBC is not None:
                _LIBC.prctl(PR_SET_PDEATHSIG, int(program.stop_signal), 0, 0, 0)
                if os.getppid() != us:
                    os._exit(1)

        try:
            self._process = subprocess.Popen(
                program.argv,
                cwd=program.cwd,
                env=dict(program.env),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=follow_parent,  # noqa: PLW1509 - the supervisor has one thread only
            )
        finally:
            os.close(log)
        self._hand_over(program.feed)

    def _hand_over(self, feed: bytes) -> None:
        if self._process.stdin is None:
            return
        with suppress(BrokenPipeError):  # it died at once; poll() tells
            self._process.stdin.write(feed)
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    @property
    def pid(self) -> int:
        """Process id, and the id of its group and session."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code once it has ended (negative: the signal), else None."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Send the polite signal; do not wait."""
        if self.poll() is None:
            self._process.send_signal(self.program.stop_signal)

    def finish(self, *, seconds: float | None = None) -> None:
        """Wait for the end, then end whatever is left of its group by force."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.program.stop_seconds if seconds is None else seconds)
        end_group(self.pid)
        self._process.wait()


def end_group(pid: int) -> None:
    """Kill what is left of the group the child led: workers of a dead web server must not keep its port."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
