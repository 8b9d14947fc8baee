"""Readiness of a process without a port: the line it logs once it works, or a life long enough to believe in."""

from __future__ import annotations

import time
from pathlib import Path

BELIEF_SECONDS = 20.0  # with LOG_LEVEL=WARNING the line never comes


class LogMark:
    """`prepare` before the process starts, `seen` while waiting for it. No mark: ready as soon as it runs."""

    def __init__(self, log: Path, mark: str) -> None:
        self._log, self._mark = log, mark.encode()
        self._from = 0
        self._since = time.monotonic()

    def prepare(self) -> None:
        """Remember where the log ends now: an earlier life's line does not count."""
        self._from = self._size()
        self._since = time.monotonic()

    def seen(self) -> bool:
        """Say whether the line stands in the log, or the process has lived that long."""
        if not self._mark or time.monotonic() - self._since > BELIEF_SECONDS:
            return True
        if self._size() < self._from:  # the log was moved away at the start
            self._from = 0
        try:
            with self._log.open("rb") as file:
                file.seek(self._from)
                return self._mark in file.read()
        except FileNotFoundError:
            return False

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0
