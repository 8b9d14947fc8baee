"""What one operation costs in shops of different size: the services called in this process, CPU of both sides counted.

The same number of members, spread over the whole shop, is asked at every size and in every round, so that what grows is the
work and not the share of the data that fits into memory. Sizes take turns within a round: a machine that slows down slows
all of them.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apiflask import APIFlask
from sqlalchemy import text

from app.extensions import db
from app.services import points, tier_reviews
from app.transaction import transaction
from benchmarks import machine
from benchmarks.place import Place, Shop

Call = Callable[[int, str, datetime], Any]

# Read or written per member; the label names the call so that every one books something new.
PER_MEMBER: dict[str, Call] = {
    "balance": lambda member_id, _label, now: points.summary(member_id, now=now),
    "statement page": lambda member_id, _label, _now: points.list_entries(member_id, after=None, limit=20),
    "earn": lambda member_id, label, now: points.earn(member_id, amount=9, source=f"bench:earn:{label}", now=now),
    "spend": lambda member_id, label, now: points.spend(member_id, amount=9, source=f"bench:spend:{label}", now=now),
}


@dataclass
class Cost:
    """Milliseconds for one call, or one match: wall clock (median) and CPU of program and database together."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def wall(self) -> float:
        return statistics.median(self.wall_ms)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_ms)


@dataclass
class Bench:
    """One shop opened in this process."""

    shop: Shop
    app: APIFlask
    backend_pid: int = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Its application context; the one connection is kept."""
        with self.app.app_context():
            self.backend_pid = int(db.session.scalar(text("SELECT pg_backend_pid()")) or 0)
            db.session.rollback()
            yield

    def spent(self) -> float:
        """CPU seconds of this process and of its database backend."""
        return time.process_time() + machine.cpu_of_one(self.backend_pid)

    def members(self, count: int) -> list[int]:
        """Members spread evenly over the shop, none of those with due lots or tiers to review."""
        step = self.shop.members / count
        return [max(1, int(step * number) // 10 * 10 + 5) for number in range(count)]


def measure(place: Place, shops: list[Shop], *, calls: int, rounds: int) -> dict[str, dict[int, Cost]]:
    """Operation → members of the shop → cost. One round more goes first, uncounted: it warms caches and plans."""
    benches = [Bench(shop, place.application(shop.url)) for shop in shops]
    costs: dict[str, dict[int, Cost]] = {}
    for number in range(rounds + 1):
        for name, bench, cost in _round(benches, calls=calls):
            if number:
                known = costs.setdefault(name, {}).setdefault(bench.shop.members, Cost())
                known.wall_ms += cost.wall_ms
                known.cpu_ms += cost.cpu_ms
    for bench in benches:
        with bench.app.app_context():
            db.engine.dispose()
    return costs


def _round(benches: list[Bench], *, calls: int) -> Iterator[tuple[str, Bench, Cost]]:
    for name, call in PER_MEMBER.items():
        for bench in benches:
            yield name, bench, _calls(bench, call, label=f"{time.time_ns()}", calls=calls)
    for bench in benches:
        for name, cost in _ticks(bench):
            yield name, bench, cost


def _calls(bench: Bench, call: Call, *, label: str, calls: int) -> Cost:
    cost = Cost()
    with bench.inside():
        began = bench.spent()
        for member_id in bench.members(calls):
            now, at = datetime.now(UTC), time.perf_counter()
            with transaction():
                call(member_id, label, now)
            cost.wall_ms.append(1000 * (time.perf_counter() - at))
        cost.cpu_ms.append(1000 * (bench.spent() - began) / calls)
        db.session.remove()
    return cost


def _ticks(bench: Bench) -> Iterator[tuple[str, Cost]]:
    """Expiry and review of all that is due, per match; undone again, so that the next round finds as much."""
    now = datetime.now(UTC)
    yield "expiry, per lot", _undone(bench, lambda: points.expire_due(now=now, limit=1_000))
    yield "tier review, per member", _undone(bench, lambda: tier_reviews.review_due(now=now, limit=1_000).looked_at)


def _undone(bench: Bench, work: Callable[[], int]) -> Cost:
    with bench.inside():
        began, at = bench.spent(), time.perf_counter()
        matches = work()
        db.session.flush()
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        wall, cpu = time.perf_counter() - at, bench.spent() - began
        db.session.rollback()
        db.session.remove()
    if not matches:
        raise SystemExit("nothing was due: the shop was not filled for this")
    return Cost([1000 * wall / matches], [1000 * cpu / matches])
