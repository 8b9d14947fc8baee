"""Drives a web server as lightly as Python can: raw requests over kept connections, each sent when the last was answered.

`python -m benchmarks.load_client` reads {"port", "clients", "requests": [text …]} and writes what came of it, both as JSON.
It is a process of its own so that its CPU is told apart from the server's.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from typing import Any

HOST = "127.0.0.1"
HEADER_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One client: takes the next request off the common queue, waits for its answer, goes on."""

    def __init__(self, run: "Run") -> None:
        self._run, self._buffer, self._sent_at = run, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(HEADER_END)
        if not found or len(body) < _length(head):
            return
        self._run.note(head[9:12].decode("ascii"), body, time.perf_counter() - self._sent_at)
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        if self._buffer or not self._transport.is_closing():
            self._run.note("lost", b"", 0.0)
        self._run.leave()

    def _next(self) -> None:
        if not self._run.requests:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._run.requests.popleft())


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    return 0 if start < 0 else int(lowered[start + 15 :].split(b"\r\n", 1)[0])


class Run:
    """A queue of requests and what was answered."""

    def __init__(self, requests: list[bytes], *, clients: int) -> None:
        self.requests = deque(requests)
        self._statuses: Counter[str] = Counter()
        self._seconds: list[float] = []
        self._refusals: list[str] = []
        self._left, self._done = clients, asyncio.Event()

    def note(self, status: str, body: bytes, seconds: float) -> None:
        """Count an answer."""
        self._statuses[status] += 1
        self._seconds.append(seconds)
        if not status.startswith("2") and len(self._refusals) < 3:
            self._refusals.append(body[:300].decode("utf-8", "replace"))

    def leave(self) -> None:
        """A client is through."""
        self._left -= 1
        if not self._left:
            self._done.set()

    async def play(self, port: int, *, clients: int) -> dict[str, Any]:
        """Send everything; returns counts, seconds and the client's own CPU."""
        loop = asyncio.get_running_loop()
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(clients):
            await loop.create_connection(lambda: Connection(self), HOST, port)
        await self._done.wait()
        waits = sorted(self._seconds) or [0.0]
        return {
            "seconds": time.perf_counter() - began,
            "client_cpu": time.process_time() - cpu,
            "statuses": dict(self._statuses),
            "refusals": self._refusals,
            "p50_ms": 1000 * waits[len(waits) // 2],
            "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
        }


def main() -> None:
    """Read the job, do it, tell."""
    job = json.load(sys.stdin)
    run = Run([request.encode() for request in job["requests"]], clients=job["clients"])
    json.dump(asyncio.run(run.play(job["port"], clients=job["clients"])), sys.stdout)


if __name__ == "__main__":
    main()
