"""The product's web processes as `make run` starts them, on a shop, and measured runs of requests against them."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from app.rules import request_signature
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


def hello() -> str:
    """The plainest route there is."""
    return "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


def check_in(member_id: int) -> str:
    """A member's check-in, with the token and a fresh idempotency key."""
    return _post(
        "/api/mini/v1/check-ins",
        {"Authorization": f"Bearer bench-{member_id}", "Idempotency-Key": secrets.token_hex(16)},
    )


@dataclass(frozen=True)
class Partner:
    """The key a sales channel signs with."""

    id: int
    key_id: str
    secret: str

    def purchase(self, member_id: int, *, order_no: str) -> str:
        """A bill of 88 yuan, reported and signed."""
        body = json.dumps(
            {
                "order_no": order_no,
                "occurred_at": datetime.now(UTC).isoformat(),
                "bill_fen": 8800,
                "lines": [{"sku": "SKU-1", "category": "category-1", "quantity": 1, "amount_fen": 8800}],
                "buyer": {"external_id": f"customer-{member_id}"},
            }
        )
        path, stamp, nonce = "/api/partner/v1/purchases", int(time.time()), secrets.token_hex(16)
        signed = request_signature.canonical(
            method="POST", target=path, timestamp=stamp, nonce=nonce, body=body.encode()
        )
        headers = {
            request_signature.KEY_HEADER: self.key_id,
            request_signature.TIME_HEADER: str(stamp),
            request_signature.NONCE_HEADER: nonce,
            request_signature.SIGNATURE_HEADER: request_signature.sign(self.secret, signed),
            "Content-Type": "application/json",
        }
        return _post(path, headers, body)


def _post(path: str, headers: dict[str, str], body: str = "") -> str:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join((f"POST {path} HTTP/1.1", "Host: localhost", *lines, f"Content-Length: {len(body.encode())}"))
    return f"{head}\r\n\r\n{body}"
