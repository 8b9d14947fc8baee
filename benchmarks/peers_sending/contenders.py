"""How each contender is filled, started and told to go on: command lines, and nothing of how it is measured."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@dataclass(frozen=True, kw_only=True)
class Contender:
    """`fill(count, prefix)` hands out so many sends; `worker(n)` is a worker's command, `around` what must run beside."""

    name: str
    settings: str
    fill: Callable[[int, str], None]
    worker: Callable[[int], list[str]]
    environment: dict[str, str]
    around: list[list[str]] = field(default_factory=list)
    # Longer without an arrival than it takes to give a dead worker's task to another: nothing more will come.
    quiet_seconds: float = 60.0
    # Which messages the contender itself says it does not know the fate of.
    in_doubt: Callable[[], list[str]] = list


def peers(python: Path, *, endpoint: str, redis: str, database: str) -> list[Contender]:
    """Celery twice, RQ and procrastinate, from the peers' environment."""
    base = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ},
        "PEERS_ENDPOINT": endpoint,
        "PEERS_REDIS": redis,
        "PEERS_DATABASE": database,
        "PYTHONPATH": str(HERE),
        "PYTHONWARNINGS": "ignore",
    }

    def run(environment: dict[str, str], *words: str) -> None:
        subprocess.run([str(python), str(HERE / "peer_fill.py"), *words], env=environment, cwd=HERE, check=True)

    def celery(name: str, ack: str, settings: str) -> Contender:
        environment = {**base, "PEERS_CELERY": ack}
        return Contender(
            name=name,
            settings=settings,
            fill=lambda count, prefix: run(environment, "celery", str(count), prefix),
            worker=lambda number: [
                *(str(python), "-m", "celery", "-A", "peer_tasks:celery_app", "worker", "-P", "solo", "-l", "ERROR"),
                *("-n", f"w{number}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            environment=environment,
        )

    run(base, "schema")
    return [
        celery("Celery, acks_late", "late", "solo pool, acks_late, reject_on_worker_lost, visibility_timeout 20 s"),
        celery("Celery, default", "early", "solo pool, acknowledged before the work (its default)"),
        Contender(
            name="procrastinate",
            settings="concurrency 1, retry=3, stalled jobs given back after 20 s as its documents advise",
            fill=lambda count, prefix: run(base, "procrastinate", str(count), prefix),
            worker=lambda _: [
                *(str(python), "-m", "procrastinate", "-a", "peer_tasks.procrastinate_app", "worker", "-c", "1"),
                "--delete-jobs=always",
            ],
            environment=base,
            around=[[str(python), str(HERE / "peer_fill.py"), "rescue"]],
        ),
        Contender(
            name="RQ",
            settings="SimpleWorker, Retry(max=3), job timeout 10 s, maintenance every 10 s",
            fill=lambda count, prefix: run(base, "rq", str(count), prefix),
            worker=lambda _: [
                *(str(python), "-m", "rq.cli", "worker", "peers", "-u", redis, "-w", "rq.worker.SimpleWorker"),
                *("--maintenance-interval", "10", "--quiet"),
            ],
            environment=base,
            quiet_seconds=120.0,
        ),
    ]


def huitou(
    *, fill: Callable[[int, str], None], environment: dict[str, str], in_doubt: Callable[[], list[str]]
) -> Contender:
    """The product as it is shipped: scheduler and workers."""
    return Contender(
        name="Huitou",
        settings="WORKER_THREADS 4, rate limit out of the way; consent, permission and caps checked and taken for each message",
        fill=fill,
        worker=lambda _: [sys.executable, "-m", "jobs.worker"],
        environment=environment,
        around=[[sys.executable, "-m", "jobs.scheduler"]],
        quiet_seconds=60.0,
        in_doubt=in_doubt,
    )
