"""A worker: `python -m jobs.worker` drains lanes on WORKER_THREADS threads until it is told to stop.

Start as many as you like on as many hosts as you like: rows are claimed, slots are shared, nothing is sent twice."""

import os
import signal
import sys
import threading
import time
from types import FrameType

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker
from flask import Flask

from app import create_app
from config import Config
from jobs import lanes, runner
from jobs.drain_lane import Turn

log = structlog.get_logger(__name__)

DEFAULT_THREADS = 4
# A send in flight may take connect + read + one renewed token; afterwards the process ends whatever hangs.
STOP_MILLISECONDS = 30_000


def hang_actor(app: Flask, broker: RedisBroker, stop: threading.Event) -> None:
    """Teach this broker's worker what a call to a lane means."""

    def drain_lane(campaign_id: int, lane: int) -> None:
        lanes.stay_awake(broker, campaign_id, lane)
        deadline = time.monotonic() + lanes.TURN_SECONDS
        turn = Turn(campaign_id, is_over=lambda: stop.is_set() or time.monotonic() > deadline)
        left: list[bool] = [False]

        def work() -> None:
            with app.app_context():
                left[0] = turn.drain()

        went_well = runner.shield("drain_lane", work)
        log.info("lane_turn", campaign=campaign_id, lane=lane, sent=turn.sent)
        if went_well and left[0] and not stop.is_set():
            lanes.call(broker, campaign_id, lane)
        else:
            lanes.fall_asleep(broker, campaign_id, lane)

    dramatiq.actor(actor_name=lanes.ACTOR, queue_name=lanes.QUEUE, broker=broker)(drain_lane)


def main() -> None:
    """Work until SIGTERM or SIGINT: the sends in flight are finished, the rest is given back."""
    config = Config.from_env()
    app = create_app(config)
    # A thread whose slot has come must get the interpreter at once: the default of 5 ms per rival breaks the pace.
    sys.setswitchinterval(0.0005)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    broker = lanes.make_broker(config.redis_url)
    hang_actor(app, broker, stop)
    worker = Worker(broker, worker_threads=int(os.environ.get("WORKER_THREADS", DEFAULT_THREADS)), worker_timeout=200)
    # A call taken early would only be kept from an idle worker.
    worker.queue_prefetch = worker.worker_threads
    worker.start()
    log.info("worker_started", threads=worker.worker_threads)
    stop.wait()
    worker.stop(timeout=STOP_MILLISECONDS)
    broker.close()
    log.info("worker_stopped")


if __name__ == "__main__":
    main()
