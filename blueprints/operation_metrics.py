"""Leader, ticks and lanes for Prometheus, read from the database at each scrape: no process of ours need be up for them."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily

from app.gateways import leader_lock
from app.services import operations
from app.services.operations import Backlog
from blueprints.identity import now

# As jobs/scheduler.py names its lock.
SCHEDULER: Final = "scheduler"


class Operations:
    """Nothing while the database is away: whoever asks is told what else there is."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        at = now()
        state = operations.find_state(lock_id=leader_lock.lock_id(SCHEDULER), now=at)
        if state is None:
            return
        leader = GaugeMetricFamily("huitou_leader_seconds", "How long this scheduler has led", labels=["leader"])
        if state.leader is not None and state.leader_since is not None:
            leader.add_metric([state.leader], max(0.0, (at - state.leader_since).total_seconds()))
        age = GaugeMetricFamily("huitou_job_age_seconds", "Since the tick's last run in the diary", labels=["job"])
        failures = GaugeMetricFamily("huitou_job_failures", "Failed runs of the last 24 hours", labels=["job"])
        for job in state.jobs:
            age.add_metric([job.job], max(0.0, (at - job.last_at).total_seconds()))
            failures.add_metric([job.job], job.failures)
        yield from (leader, age, failures)
        lag = 0.0 if state.backlog.oldest_due_at is None else (at - state.backlog.oldest_due_at).total_seconds()
        yield _gauge("huitou_deliveries_lag_seconds", "How long the oldest due message has waited", max(0.0, lag))
        yield from _backlog(state.backlog)


def _backlog(backlog: Backlog) -> Iterator[GaugeMetricFamily]:
    yield _gauge("huitou_deliveries_due", "Messages of running campaigns that are due", backlog.due)
    yield _gauge("huitou_deliveries_in_doubt", "Messages nobody knows the fate of", backlog.in_doubt)
    yield _gauge("huitou_deliveries_failed", "Dead letters", backlog.failed)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, help_text)
    gauge.add_metric([], value)
    return gauge
