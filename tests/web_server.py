"""The application in real Granian processes on a free port of this machine, for as long as a block runs."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.ports import LOOPBACK, pick

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class WebServer:
    """Where it listens, and what it wrote so far."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def answers(self, path: str = "/health/live") -> bool:
        """Whether it answers 200 now."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def serving(
    environment: Mapping[str, str], *, folder: Path, workers: int = 1, threads: int = 8, port: int | None = None
) -> Iterator[WebServer]:
    """Start it (at a free port unless told), wait until it answers, stop it with all its workers. `environment` is the
    application's."""
    port = port or pick()
    log = folder / f"web-{port}.log"
    argv = ["--interface", "wsgi", "--host", LOOPBACK, "--port", str(port), "--workers", str(workers)]
    argv += ["--blocking-threads", str(threads), "wsgi:application"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *argv],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = WebServer(port, log, process)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        _stop(process)


def _wait_until_it_answers(server: WebServer) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not server.answers():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the web server did not start:\n{server.log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
