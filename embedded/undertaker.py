"""Ends our children when we are killed outright (kill -9), on every system.

A forked process holds one end of a pipe: when the pipe closes, its owner is gone and everything on the list is ended.
It also inherits the folder's lock, so nobody can start a second copy before that is done.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from embedded.children import end_group
from embedded.lock import is_alive

GRACE_SECONDS = 10.0


class Undertaker:
    """The owner's end of the pipe."""

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._writing)
                _serve(reading)
            finally:
                os._exit(0)
        os.close(reading)

    def watch(self, pid: int, polite: signal.Signals) -> None:
        """Add a child and the signal that ends it politely."""
        self._tell(f"+ {pid} {int(polite)}")

    def forget(self, pid: int) -> None:
        """Take a child off the list once it was collected: its number may be given away again."""
        self._tell(f"- {pid} 0")

    def remove_folder(self, path: str) -> None:
        """Delete this folder at the end."""
        self._tell(f"rm 0 {path}")

    def _tell(self, line: str) -> None:
        os.write(self._writing, f"{line}\n".encode())

    def dismiss(self) -> None:
        """Close the pipe and wait until it has ended what was left."""
        os.close(self._writing)
        os.waitpid(self.pid, 0)


def _serve(reading: int) -> None:
    os.setsid()
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    watched: dict[int, int] = {}
    folders: list[str] = []
    with os.fdopen(reading, encoding="utf-8") as lines:
        for line in lines:
            verb, number, rest = line.rstrip("\n").split(" ", 2)
            if verb == "+":
                watched[int(number)] = int(rest)
            elif verb == "-":
                watched.pop(int(number), None)
            else:
                folders.append(rest)
    _bury(watched)
    for folder in folders:
        _remove(folder)


def _remove(folder: str) -> None:
    # A server that was killed has children which write for a moment longer.
    deadline = time.monotonic() + GRACE_SECONDS
    while Path(folder).exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


def _bury(watched: dict[int, int]) -> None:
    for pid, polite in watched.items():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, polite)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(is_alive(pid) for pid in watched) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in watched:
        end_group(pid)
