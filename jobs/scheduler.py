"""The scheduler: `python -m jobs.scheduler`. One leader among any number ticks; a standby takes over in seconds.

APScheduler only ticks. What is to be done is in PostgreSQL, so a lost, late or doubled tick changes nothing."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app import create_app, wiring
from app.gateways.leader_lock import LeaderLock
from config import Config
from jobs import runner
from jobs.advance_issue_runs import advance_issue_runs
from jobs.advance_revocations import advance_revocations
from jobs.announce_expiring_coupons import announce_expiring_coupons
from jobs.announce_expiring_points import announce_expiring_points
from jobs.award_badges import award_badges
from jobs.claim_purchases import claim_purchases
from jobs.count_campaigns import count_campaigns
from jobs.count_days import count_days
from jobs.end_coupon_transfers import end_coupon_transfers
from jobs.erase_members import erase_members
from jobs.expand_audiences import expand_audiences
from jobs.expire_coupons import expire_coupons
from jobs.expire_points import expire_points
from jobs.fill_segment_lists import fill_segment_lists
from jobs.finish_campaigns import finish_campaigns
from jobs.give_benefits import give_benefits
from jobs.give_owed_coupons import give_owed_coupons
from jobs.give_tier_gifts import give_tier_gifts
from jobs.grant_anniversaries import grant_anniversaries
from jobs.grant_monthly_packs import grant_monthly_packs
from jobs.import_members import import_members
from jobs.link_followers import link_followers
from jobs.make_coupon_codes import make_coupon_codes
from jobs.notify_tier_drops import notify_tier_drops
from jobs.owe_anniversary_coupons import owe_anniversary_coupons
from jobs.plan_automations import plan_automations
from jobs.plan_birthdays import plan_birthdays
from jobs.purge_old import purge_old
from jobs.reap_deliveries import reap_deliveries
from jobs.refresh_figures import refresh_figures
from jobs.refresh_segments import refresh_segments
from jobs.release_holds import release_holds
from jobs.review_tiers import review_tiers
from jobs.seal_audit import seal_audit
from jobs.settle_deliveries import settle_deliveries
from jobs.settle_ladder import settle_ladder
from jobs.start_campaigns import start_campaigns
from jobs.verify_ledger import verify_ledger
from jobs.wake_lanes import wake_lanes
from jobs.watch_claim_rates import watch_claim_rates

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tick:
    """`seconds` of real time between two runs; None for the fast beat (TICK_SECONDS). With `daily_at` ("HH:MM" in the
    programme's zone) that is how often to look whether the day's run is still due: once a day, late rather than never."""

    job: runner.Job
    seconds: float | None = None
    daily_at: str | None = None


# The whole timetable. Every job is idempotent: the interval is how late it may notice, nothing else.
TIMETABLE: Final = (
    Tick(start_campaigns),
    Tick(expand_audiences),
    Tick(wake_lanes),
    Tick(finish_campaigns),
    Tick(count_campaigns, 30),
    Tick(count_days, 60),
    Tick(advance_issue_runs),
    Tick(advance_revocations),
    Tick(import_members),
    Tick(watch_claim_rates, 60),
    Tick(plan_birthdays, 10),
    Tick(plan_automations, 10),
    Tick(reap_deliveries, 10),
    Tick(settle_deliveries, 30),
    Tick(link_followers, 10),
    Tick(release_holds, 10),
    Tick(expire_points, 60),
    Tick(expire_coupons, 60),
    Tick(end_coupon_transfers, 60),
    Tick(make_coupon_codes),
    Tick(award_badges, 300),
    Tick(announce_expiring_points, 3600),
    Tick(announce_expiring_coupons, 3600),
    Tick(claim_purchases, 300),
    Tick(grant_anniversaries, 600),
    Tick(owe_anniversary_coupons, 600),
    Tick(settle_ladder, 10),
    Tick(review_tiers, 60),
    Tick(notify_tier_drops, 3600),
    Tick(give_tier_gifts, 10),
    Tick(give_owed_coupons, 5),
    Tick(give_benefits),
    Tick(grant_monthly_packs, 600),
    Tick(fill_segment_lists),
    Tick(refresh_figures, 60),
    Tick(refresh_segments, 300),
    Tick(erase_members, 600),
    Tick(purge_old, 3600),
    Tick(seal_audit, 30),
    Tick(verify_ledger, 60, daily_at="03:30"),
)
DEFAULT_TICK_SECONDS: Final = 2.0

# The library's own default of one second would silently drop every run that starts late.
MISFIRE_GRACE_SECONDS: Final = 3600


def build(app: Flask, *, is_leader: Callable[[], bool], tick_seconds: float) -> BackgroundScheduler:
    """The timetable on a memory store: nothing to migrate, nothing another process could change."""
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(max_workers=4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_SECONDS},
        timezone="UTC",
    )
    for tick in TIMETABLE:
        scheduler.add_job(
            _run_if_leader,
            "interval",
            seconds=tick.seconds or tick_seconds,
            args=(app, tick, is_leader),
            id=tick.job.__name__,
        )
    return scheduler


def _run_if_leader(app: Flask, tick: Tick, is_leader: Callable[[], bool]) -> None:
    if is_leader() and (tick.daily_at is None or runner.is_due(app, tick.job, daily_at=tick.daily_at)):
        runner.run(app, tick.job)


def main() -> None:
    """Tick until SIGTERM or SIGINT; the jobs under way are finished."""
    config = Config.from_env()
    app = create_app(config)
    with app.app_context():
        wiring.keep_to_one_core()
    # The library tells of every tick; ours are told by the runner.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    lock = LeaderLock(config.database_url, "scheduler")
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    tick_seconds = float(os.environ.get("TICK_SECONDS", DEFAULT_TICK_SECONDS))
    scheduler = build(app, is_leader=lock.is_leader, tick_seconds=tick_seconds)
    scheduler.start()
    log.info("scheduler_started", leader=lock.is_leader(), tick_seconds=tick_seconds)
    stop.wait()
    scheduler.shutdown(wait=True)
    lock.release()
    log.info("scheduler_stopped")


if __name__ == "__main__":
    main()
