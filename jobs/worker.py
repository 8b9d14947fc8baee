"""A worker: `python -m jobs.worker` drains lanes on WORKER_THREADS threads until it is told to stop.

Start as many as you like on as many hosts as you like: rows are claimed, slots are shared, nothing is sent twice."""

import gc
import os
import random
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

from app import clock, create_app, transaction
from app.gateways.fair_share import FairShare
from app.services import deliveries
from app.wiring import parts
from config import Config
from jobs import lanes, runner
from jobs.allowance import Allowance
from jobs.board import Board
from jobs.lane_turn import LaneTurn

log = structlog.get_logger(__name__)

DEFAULT_THREADS = 4
# A send in flight may take connect + read + one renewed token; afterwards the process ends whatever hangs.
STOP_MILLISECONDS = 30_000


def hang_actor(app: Flask, broker: RedisBroker, stop: threading.Event) -> Allowance:
    """Teach this broker's worker what a call to a lane means; what its turns share is the caller's to close."""
    allowance = Allowance()
    with app.app_context():
        board = Board(FairShare(parts().redis), _read_weights)

    def drain_lane(lane: int) -> None:
        lanes.stay_awake(broker, lane)
        # Not all at the same moment: lanes that were called together would end together, and the pace with them.
        deadline = time.monotonic() + lanes.TURN_SECONDS * random.uniform(0.6, 1.4)  # noqa: S311
        turn = LaneTurn(board, allowance, is_over=lambda: stop.is_set() or time.monotonic() > deadline)
        left: list[bool] = [False]

        def work() -> None:
            with app.app_context():
                left[0] = turn.drain()

        went_well = runner.shield("drain_lane", work)
        log.info("lane_turn", lane=lane, sent=turn.sent)
        if went_well and left[0] and not stop.is_set():
            lanes.call(broker, lane)
        else:
            lanes.fall_asleep(broker, lane)

    dramatiq.actor(actor_name=lanes.ACTOR, queue_name=lanes.QUEUE, broker=broker)(drain_lane)
    return allowance


def _read_weights() -> dict[int, int]:
    account = f"app:{parts().config.wechat_appid}"
    return transaction.run(lambda: deliveries.list_weights(now=clock.utc_now(), account=account))


def main() -> None:
    """Work until SIGTERM or SIGINT: the sends in flight are finished, the rest is given back."""
    config = Config.from_env()
    app = create_app(config)
    # A thread whose slot has come must get the interpreter at once: the default of 5 ms per rival breaks the pace.
    sys.setswitchinterval(0.0005)
    # What is loaded by now stays: a collector that walks through it stops every thread for the length of a slot.
    gc.collect()
    gc.freeze()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    broker = lanes.make_broker(config.redis_url)
    allowance = hang_actor(app, broker, stop)
    worker = Worker(broker, worker_threads=int(os.environ.get("WORKER_THREADS", DEFAULT_THREADS)), worker_timeout=200)
    # A call taken early would only be kept from an idle worker.
    worker.queue_prefetch = worker.worker_threads
    worker.start()
    log.info("worker_started", threads=worker.worker_threads)
    stop.wait()
    worker.stop(timeout=STOP_MILLISECONDS)

    def give_back() -> None:
        with app.app_context():
            allowance.close()

    runner.shield("give_back", give_back)
    broker.close()
    log.info("worker_stopped")


if __name__ == "__main__":
    main()
