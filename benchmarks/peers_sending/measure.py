"""One contender at a time: how long, how much CPU and memory, and what kill -9 loses or doubles."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

from benchmarks.machine import cpu_seconds
from benchmarks.peers_sending.contenders import HERE, ROOT, Contender

WORKERS = 2
PATIENCE_SECONDS = 600.0
# Where kills fall is drawn anew for each contender from the same seed.
SEED = 20261128


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds and CPU seconds from the workers' start to the last arrival; their own start is taken off the CPU."""

    sends: int
    seconds: float
    worker_cpu: float
    server_cpu: float
    megabytes: float


@dataclass(frozen=True, kw_only=True)
class Kills:
    """Of `sends`: never arrived, came more than once, and what the contender itself calls in doubt."""

    sends: int
    kills: int
    lost: int
    doubled: int
    in_doubt: int
    in_doubt_arrived: int


class Workers:
    """A contender's processes."""

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._around = [self._start(command) for command in contender.around]
        self.running = [self._start(contender.worker(number)) for number in range(WORKERS)]
        self._started = WORKERS

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        folder = ROOT if self._contender.name == "Huitou" else HERE
        with Path(os.environ.get("PEERS_LOG", os.devnull)).open("ab") as log:
            return subprocess.Popen(command, env=self._contender.environment, cwd=folder, stdout=log, stderr=log)

    def kill_one(self, draw: random.Random) -> None:
        """kill -9 of one, and another in its place, as a supervisor would."""
        place = draw.randrange(WORKERS)
        self.running[place].kill()
        self.running[place].wait()
        self.running[place] = self._start(self._contender.worker(self._started))
        self._started += 1

    def signal(self, number: signal.Signals) -> None:
        """To all of them."""
        for process in (*self._around, *self.running):
            process.send_signal(number)

    def cpu(self) -> float:
        """Seconds of all that live."""
        return sum(cpu_seconds(process.pid) for process in (*self._around, *self.running))

    def megabytes(self) -> float:
        """Resident, the largest worker with its children."""
        sizes = []
        for process in self.running:
            family = psutil.Process(process.pid)
            sizes.append(sum(one.memory_info().rss for one in (family, *family.children(recursive=True))))
        return float(max(sizes) / 2**20)

    def end(self) -> None:
        """All of them, at once."""
        for process in (*self._around, *self.running):
            process.kill()
            process.wait()


@contextmanager
def at_work(contender: Contender) -> Iterator[Workers]:
    """Its workers, for as long as the block runs."""
    workers = Workers(contender)
    try:
        yield workers
    finally:
        workers.end()


def ask(endpoint: str, what: str) -> dict[str, object]:
    """The stand-in's counts."""
    with urlopen(f"{endpoint}/{what}", timeout=30) as answer:  # noqa: S310  (our own)
        told: dict[str, object] = json.load(answer)
    return told


def pace(contender: Contender, *, endpoint: str, sends: int, servers: Callable[[], float]) -> Pace:
    """Everything handed out first, then worked off by workers that are up and warm."""
    ask(endpoint, "forget")
    contender.fill(1, "warm")
    with at_work(contender) as workers:
        _wait(endpoint, lambda arrived: arrived >= 1, quiet_seconds=60)
        ask(endpoint, "forget")
        # They sleep while the work is handed out: what that costs is another's.
        workers.signal(signal.SIGSTOP)
        contender.fill(sends, "pace")
        worker_cpu, server_cpu, began = workers.cpu(), servers(), time.monotonic()
        workers.signal(signal.SIGCONT)
        _wait(endpoint, lambda arrived: arrived >= sends, quiet_seconds=contender.quiet_seconds)
        ended = time.monotonic()
        return Pace(
            sends=sends,
            seconds=ended - began,
            worker_cpu=workers.cpu() - worker_cpu,
            server_cpu=servers() - server_cpu,
            megabytes=workers.megabytes(),
        )


def kills(contender: Contender, *, endpoint: str, sends: int, count: int) -> Kills:
    """`count` kills spread over the sends at random; then quiet, until nothing more comes."""
    ask(endpoint, "forget")
    draw = random.Random(SEED)  # noqa: S311  (not a secret)
    marks = sorted(draw.sample(range(sends // 50, sends - sends // 10), count))
    before = set(contender.in_doubt())
    contender.fill(sends, "kill")
    with at_work(contender) as workers:
        for mark in marks:
            _wait(endpoint, lambda arrived, mark=mark: arrived >= mark, quiet_seconds=contender.quiet_seconds)  # type: ignore[misc]
            workers.kill_one(draw)
        _wait(endpoint, lambda arrived: arrived >= sends, quiet_seconds=contender.quiet_seconds)
        # A doubled one may come after the last of the others.
        time.sleep(min(30.0, contender.quiet_seconds / 2))
    told = ask(endpoint, "counts")
    received = set(ask(endpoint, "received")["received"])  # type: ignore[call-overload]
    doubts = set(contender.in_doubt()) - before
    unseen = {f"kill-{number}" for number in range(sends)} - received
    return Kills(
        sends=sends,
        kills=count,
        lost=len(unseen - doubts),
        doubled=int(str(told["doubled"])),
        in_doubt=len(doubts),
        in_doubt_arrived=len(doubts & received),
    )


def _wait(endpoint: str, is_enough: Callable[[int], bool], *, quiet_seconds: float) -> None:
    """Until enough have arrived, or nothing has for so long."""
    began = changed = time.monotonic()
    last = -1
    while time.monotonic() - began < PATIENCE_SECONDS and time.monotonic() - changed < quiet_seconds:
        arrived = int(str(ask(endpoint, "counts")["arrived"]))
        if is_enough(arrived):
            return
        if arrived != last:
            last, changed = arrived, time.monotonic()
        time.sleep(0.1)
