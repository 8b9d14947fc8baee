"""One of several processes that send as fast as the limiter lets them.

Reads orders from stdin, one JSON object a line; answers each with the instants at which it was allowed to send."""

import json
import sys
import time
from typing import Any

import redis
from sqlalchemy import create_engine

from app.gateways.send_limiter import SendLimiter


def send(order: dict[str, Any]) -> list[float]:
    engine = create_engine(order["database_url"].replace("postgresql://", "postgresql+psycopg://"))
    limiter = SendLimiter(redis.Redis.from_url(order["redis_url"]), engine, key=order["key"])
    stamps: list[float] = []
    time.sleep(order.get("after", 0))
    deadline = time.monotonic() + order["seconds"]
    while time.monotonic() < deadline:
        slot = limiter.reserve(order["keys"])
        if not slot.granted:
            time.sleep(min(slot.wait_seconds, max(0.0, deadline - time.monotonic())))
        elif limiter.wait(slot):
            sent_at = time.monotonic()
            # The machine may stop us between the check and this line; that is not the limiter's doing.
            if sent_at <= slot.not_after:
                stamps.append(sent_at)
    engine.dispose()
    return stamps


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(send(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
