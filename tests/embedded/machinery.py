"""What the tests of this folder share: folders, other users, foreground supervisors and a look at what still runs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
WAIT_SECONDS = 60.0

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def bare_environment(**more: str) -> dict[str, str]:
    """What `env -i HOME=… PATH=…` leaves: above all no DATABASE_URL."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": os.environ.get("HOME", "/"), **more}


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may pass through (pytest's own belong to one user alone)."""
    with tempfile.TemporaryDirectory(prefix="ht ", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def wait_for(true: Callable[[], bool], *, what: str) -> None:
    """Poll until it holds; fail after a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"still waiting for: {what}"
        time.sleep(0.05)


def family(pid: int) -> list[psutil.Process]:
    """The process and everything it started."""
    head = psutil.Process(pid)
    return [head, *head.children(recursive=True)]


def assert_all_end(processes: list[psutil.Process]) -> None:
    """None of them may be left."""
    left = psutil.wait_procs(processes, timeout=WAIT_SECONDS)[1]
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []


@contextmanager
def foreground(*options: str, module: str = "embedded", **popen: Any) -> Iterator[subprocess.Popen[str]]:
    """`python -m MODULE …` as a person starts it; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        cwd=ROOT,
        env=bare_environment(PYTHONUTF8="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **popen,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_SECONDS)
        if process.stdout:
            process.stdout.close()


def read_when_written(path: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a state file and return it."""
    wait_for(lambda: path.exists() or process.poll() is not None, what=str(path))
    assert path.exists(), process.stdout.read() if process.stdout else ""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def ordinary_python() -> dict[str, Any]:
    """Popen arguments that run this Python version with our packages as an ordinary user; skips where none can."""
    if os.geteuid() != 0:
        return {"executable": sys.executable, "env": bare_environment(PYTHONUTF8="1")}
    drop: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    packages = os.pathsep.join(part for part in sys.path if part.endswith("site-packages"))
    env = {"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        test = [python, "-c", "import psycopg, embedded.services"]
        try:
            answer = subprocess.run(test, cwd=ROOT, env=env, capture_output=True, check=False, **drop)
        except OSError:
            continue
        if answer.returncode == 0:
            return {"executable": python, "env": env, **drop}
    pytest.skip(f"no {version} and clone that an ordinary user can reach")
