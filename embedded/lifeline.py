"""How a supervisor learns that it should stop, and hears its parent: signals, and a pipe that closes when it dies."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequested(Exception):
    """Somebody wants everything stopped: not an error."""


class Lifeline:
    """Wait here instead of sleeping. JSON lines on the `control` descriptor are commands, its end means stop."""

    def __init__(self, control: int | None = None) -> None:
        self._control = control
        self._buffer = b""
        self._stop = False
        self._wake, wake_writing = os.pipe()
        for descriptor in (self._wake, wake_writing):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_writing, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._noted)

    def _noted(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True

    def check(self) -> None:
        """Raise StopRequested when the time has come."""
        if self._stop:
            raise StopRequested

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        """Wait at most that long; return the commands that came in. Raises StopRequested."""
        self.check()
        watched = [self._wake] if self._control is None else [self._wake, self._control]
        readable, _, _ = select.select(watched, [], [], seconds)
        if self._wake in readable:
            with suppress(BlockingIOError):
                os.read(self._wake, 512)
        if self._control is not None and self._control in readable:
            self._listen(self._control)
        self.check()
        return self._commands()

    def pause(self, seconds: float) -> None:
        """Wait the whole time, keeping commands for the next `wait`. Raises StopRequested."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.check()
            readable, _, _ = select.select([self._wake], [], [], left)
            if readable:
                with suppress(BlockingIOError):
                    os.read(self._wake, 512)
            if self._control is not None and select.select([self._control], [], [], 0)[0]:
                self._listen(self._control)

    def _listen(self, control: int) -> None:
        data = os.read(control, 65536)
        self._buffer += data
        self._stop = self._stop or not data

    def _commands(self) -> list[dict[str, Any]]:
        *lines, self._buffer = self._buffer.split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]
