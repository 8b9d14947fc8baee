"""Sole ownership of a data folder: one flock, held as long as anything we started may still be alive."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from embedded.errors import AlreadyRunning
from embedded.files import explained

# After a kill -9 the undertaker keeps the lock until the last child is gone; a quick second start waits that long.
PATIENCE_SECONDS = 20.0


class FolderLock:
    """Hold `folder/lock`. The file is never removed: removing it would let two owners in."""

    def __init__(self, folder: Path) -> None:
        with explained(folder):
            self._descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._try():
            owner = self._owner()
            if time.monotonic() > deadline or (owner and is_alive(owner)):
                os.close(self._descriptor)
                raise already_running(folder, owner or 0)
            time.sleep(0.1)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> int | None:
        text = os.pread(self._descriptor, 32, 0).strip()
        return int(text) if text.isdigit() else None

    def release(self) -> None:
        """Let the next owner in."""
        os.close(self._descriptor)


def is_alive(pid: int) -> bool:
    """Say whether the process runs; one that ended and only waits to be collected does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"


def already_running(folder: Path, pid: int) -> AlreadyRunning:
    """Name the other copy."""
    return AlreadyRunning(
        f"另一份正在使用 {folder}(进程 {pid})",
        f"Another copy is using {folder} (process {pid}).",
        advice_zh=f"使用正在运行的那份，或先停止它：kill {pid}；要并行运行请另选 DATA=… PORT_BASE=…",
        advice_en=f"Use the running one or stop it first: kill {pid}. To run two, give DATA=… and PORT_BASE=…",
    )
