"""Worker processes for the limiter's tests, started once and given orders together."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Crew:
    def __init__(self, size: int) -> None:
        command = [sys.executable, "-m", "tests.gateways.limiter_worker"]
        self._workers = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(size)
        ]
        # An order that ends at once: when it is answered, the slow imports are over.
        self._order({"redis_url": "redis://127.0.0.1:9", "database_url": "postgresql://x", "key": "", "seconds": 0})
        self.stamps()

    def start(self, *orders: dict[str, Any]) -> None:
        """One order for each of the first workers, all at once."""
        self._busy = self._workers[: len(orders)]
        for worker, order in zip(self._busy, orders, strict=True):
            assert worker.stdin is not None
            worker.stdin.write(json.dumps({"keys": {}, **order}) + "\n")
            worker.stdin.flush()

    def stamps(self) -> list[float]:
        """Wait for the last orders; every instant at which a worker was allowed to send."""
        found: list[float] = []
        for worker in self._busy:
            assert worker.stdout is not None
            found += json.loads(worker.stdout.readline())
        return sorted(found)

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()
            worker.communicate(timeout=30)

    def _order(self, order: dict[str, Any]) -> None:
        self.start(*[order] * len(self._workers))


def busiest_second(stamps: list[float]) -> int:
    """The most stamps in any half-open second."""
    most = first = 0
    for last, stamp in enumerate(stamps):
        while stamps[first] <= stamp - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
