"""Lanes: how many threads may send at once, over all workers, and the wake-up calls that start them. A lane serves whichever
campaign's turn it is (jobs/board.py).

A lane is a hint in Redis, never the truth: the due rows are. A lost call is made again by the next tick, a doubled one
finds nothing to do."""

import math
from typing import Final

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit

from jobs import volley

QUEUE: Final = "lanes"
ACTOR: Final = "drain_lane"

# One turn of draining (seconds): short, so that a worker that was just started gets its part.
TURN_SECONDS: Final = 5.0
# A lane whose worker died may be called again after this (seconds).
AWAKE_SECONDS: Final = 10
# A call nobody answered for so long (milliseconds) is out of date: the tick has made others since.
STALE_MILLISECONDS: Final = 60_000
# Calls in the queue beyond which another would only wait.
MOST_WAITING: Final = 64

# WeChat answers in 100 to 200 ms, so one lane sends four to eight volleys a second.
VOLLEYS_PER_LANE: Final = 4
FEWEST, MOST = 2, 64


def make_broker(redis_url: str) -> RedisBroker:
    """A broker that gives up on a dead Redis instead of hanging."""
    client = redis.Redis.from_url(redis_url, socket_timeout=5.0, socket_connect_timeout=2.0)
    broker = RedisBroker(client=client, middleware=[AgeLimit(max_age=STALE_MILLISECONDS)])  # type: ignore[no-untyped-call]
    broker.declare_queue(QUEUE)
    return broker


def lanes_for(rate: float) -> int:
    """How many lanes it takes to send `rate` messages per second."""
    return max(FEWEST, min(MOST, math.ceil(rate / (VOLLEYS_PER_LANE * volley.width(rate)))))


def is_crowded(broker: RedisBroker) -> bool:
    """Whether enough calls are waiting already. Only the list itself: the library's own count holds those that dead
    workers had taken as well, and would keep everybody waiting for them."""
    return waiting(broker) >= MOST_WAITING


def waiting(broker: RedisBroker) -> int:
    """Calls nobody has taken yet."""
    return int(broker.client.llen(f"{broker.namespace}:{QUEUE}"))


def wake(broker: RedisBroker, lane: int) -> bool:
    """Call one lane unless it is awake; True when called."""
    if not broker.client.set(_awake(lane), 1, nx=True, ex=AWAKE_SECONDS):
        return False
    call(broker, lane)
    return True


def call(broker: RedisBroker, lane: int) -> None:
    """Queue one turn, whoever else is at it."""
    broker.enqueue(Message(queue_name=QUEUE, actor_name=ACTOR, args=(lane,), kwargs={}, options={}))


def stay_awake(broker: RedisBroker, lane: int) -> None:
    """The lane is being drained: no further call is needed for one turn."""
    broker.client.set(_awake(lane), 1, ex=AWAKE_SECONDS)


def fall_asleep(broker: RedisBroker, lane: int) -> None:
    """Nothing was due: the next tick that sees work calls again."""
    broker.client.delete(_awake(lane))


def _awake(lane: int) -> str:
    return f"huitou:lane:{lane}"
