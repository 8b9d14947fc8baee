"""What an earlier owner may have left: servers still working in our cluster, or a lock file naming a stranger.

Only called while we hold the folder's lock, so whatever works in the cluster has no owner any more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from embedded.errors import NotOurs
from embedded.lock import is_alive

# Fast shutdown first; then immediate, which makes the next start recover; kill at the last.
STEPS = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


def settle(cluster: Path) -> None:
    """End servers left over in this cluster, then drop a lock file whose process is not one of them."""
    for number, seconds in STEPS:
        left = _working_in(cluster)
        if not left:
            break
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while _working_in(cluster) and time.monotonic() < deadline:
            time.sleep(0.05)
    if left := _working_in(cluster):
        raise NotOurs(
            f"进程 {left} 仍在使用 {cluster}，且无法结束",
            f"Processes {left} still use {cluster} and cannot be ended.",
            advice_zh=f"结束它们后重试：sudo kill {' '.join(map(str, left))}",
            advice_en=f"End them and try again: sudo kill {' '.join(map(str, left))}",
        )
    _drop_forged(cluster / "postmaster.pid")


def _drop_forged(lock: Path) -> None:
    # The number in it was given to another process meanwhile (a restart of the machine, a restored backup, a
    # container), or its owner ended and was never collected: PostgreSQL would refuse. A free number it handles itself.
    try:
        first = lock.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0].strip()
    except FileNotFoundError:
        return
    if not first.isdigit() or _is_given_away(int(first)):
        lock.unlink()


def _is_given_away(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it exists, and is another user's
    return True


def _working_in(cluster: Path) -> list[int]:
    """Return the processes whose working folder is the cluster: the postmaster and all its children."""
    if sys.platform != "linux":
        return _named_in_lock_file(cluster)
    found = []
    wanted = str(cluster.resolve())
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if str((entry / "cwd").readlink()) == wanted and is_alive(int(entry.name)):
                    found.append(int(entry.name))
    return found


def _named_in_lock_file(cluster: Path) -> list[int]:
    with suppress(OSError):
        first = (cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0].strip()
        if first.isdigit() and is_alive(int(first)):
            shown = subprocess.run(["ps", "-o", "command=", "-p", first], capture_output=True, text=True, check=False)
            return [int(first)] if str(cluster) in shown.stdout else []
    return []
