"""A supervisor in a process of its own, steered through pipes: when we die, its input ends and it stops everything.

Being another process it may fork and use death signals whatever threads we have (a test session has some).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from embedded.errors import StartFailed, from_event

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 150.0


class Remote:
    """Start `python -m MODULE …` with pipes on both sides."""

    def __init__(self, module: str, options: Sequence[str], *, environ: Mapping[str, str]) -> None:
        env = {key: value for key, value in environ.items() if key != "PYTHONSAFEPATH"}
        self._buffer = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *options],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in our terminal reaches us; we tell it
        )
        self.pid = self._process.pid

    def read(self, *, seconds: float) -> dict[str, Any]:
        """Return the next event. Raises the error it reports; StartFailed when it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            output = self._output()
            if not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise _silent(f"silent for {seconds:.0f} s")
            data = os.read(output, 65536)
            if not data:
                raise _silent(f"exit code {self._process.wait()}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        event: dict[str, Any] = json.loads(line)
        if event["event"] == "error":
            raise from_event(event)
        return event

    def read_until(self, kind: str, *, seconds: float) -> dict[str, Any]:
        """Skip to the next event of that kind."""
        deadline = time.monotonic() + seconds
        while True:
            event = self.read(seconds=max(0.1, deadline - time.monotonic()))
            if event["event"] == kind:
                return event

    def tell(self, command: dict[str, Any]) -> None:
        """Send one command."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()

    def _output(self) -> int:
        if self._process.stdout is None:
            raise _silent("closed")
        return self._process.stdout.fileno()

    def close(self) -> None:
        """Stop it and everything it started; by force when it does not end in time."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _silent(why: str) -> StartFailed:
    return StartFailed(
        f"守护进程没有响应：{why}",
        f"The supervisor does not answer: {why}",
        advice_zh="查看数据目录下 logs/ 里的日志。",
        advice_en="Read the logs in the data folder's logs/.",
    )
