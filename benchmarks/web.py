"""The product's web processes as `make run` starts them, on a shop, and measured runs of requests against them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from benchmarks import machine
from benchmarks.place import Place, Shop
from embedded.ports import pick
from embedded.probe import answers_ok
from embedded.table import PRODUCT

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
RUN_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of requests: how many came back well, how fast, and whose CPU it took (milliseconds per request)."""

    sent: int
    good: int
    rate: float
    server_ms: float
    database_ms: float
    client_ms: float
    p50_ms: float
    p99_ms: float
    refusals: tuple[str, ...]

    @property
    def errors(self) -> int:
        return self.sent - self.good


@dataclass(frozen=True)
class Web:
    """Where it listens and who it is."""

    place: Place
    port: int
    pid: int

    def play(self, requests: list[str], *, clients: int) -> Measured:
        """Send the requests by so many clients and measure."""
        job = json.dumps({"port": self.port, "clients": clients, "requests": requests})
        before = (machine.cpu_seconds(self.pid), machine.cpu_seconds(self.place.postgres_pid))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load_client"],
            cwd=machine.ROOT,
            input=job,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=True,
        )
        after = (machine.cpu_seconds(self.pid), machine.cpu_seconds(self.place.postgres_pid))
        told = json.loads(done.stdout)
        good = sum(count for status, count in told["statuses"].items() if status.startswith("2"))
        per = 1000 / len(requests)
        return Measured(
            sent=len(requests),
            good=good,
            rate=good / told["seconds"],
            server_ms=(after[0] - before[0]) * per,
            database_ms=(after[1] - before[1]) * per,
            client_ms=told["client_cpu"] * per,
            p50_ms=told["p50_ms"],
            p99_ms=told["p99_ms"],
            refusals=tuple(told["refusals"]),
        )


@contextmanager
def serving(place: Place, shop: Shop) -> Iterator[Web]:
    """Start the web processes of the product's own table on a free port, stop them at the end."""
    task = next(one for one in PRODUCT.processes if one.name == "web")
    port = pick()
    argv = [part.format_map({"web_port": str(port), "sandbox_port": "0"}) for part in task.argv]
    log = place.folder / "web.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            [sys.executable, *argv],
            cwd=machine.ROOT,
            env=place.environment(shop.url),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not answers_ok(port, task.health):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web server did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield Web(place, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            for one in (*process.children(recursive=True), process):
                one.kill()
            process.wait(STOP_SECONDS)
