"""The supervisor process of the two services: lock, start, look after, stop."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embedded.host import Host
from embedded.lifeline import Lifeline, StopRequested
from embedded.lock import FolderLock
from embedded.placement import prepare_folder
from embedded.supervisor import Supervisor


def run(data_dir: Path, *, durable: bool, control: bool, report: Callable[[dict[str, Any]], None]) -> None:
    """Serve until a signal or, with control, until standard input ends. Raises EmbeddedError when it cannot start."""
    os.umask(0o022)  # folders others must pass through; secrets carry their own mode
    if control:
        os.set_blocking(1, False)
    folder = prepare_folder(data_dir)
    lock = FolderLock(folder)
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    state = folder / "services.json"
    state.unlink(missing_ok=True)  # left by one who was killed: nobody may take it for ours
    supervisor = Supervisor(Lifeline(0 if control else None), report=report)
    host = Host(folder, supervisor, os.environ, durable, lambda zh, en: report({"event": "step", "zh": zh, "en": en}))
    try:
        host.start()
        report({"event": "ready", **host.state()})
        pids = supervisor.pids()
        while True:
            supervisor.wait()
            if pids != (pids := supervisor.pids()):
                host.write_state()
    except StopRequested:
        pass
    finally:
        supervisor.stop_all()
        state.unlink(missing_ok=True)
        lock.release()
