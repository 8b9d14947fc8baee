"""A Redis client that gives up at once: redis-py by default retries ten times, which turns a dead Redis into a hang."""

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

TIMEOUT_SECONDS = 0.5


def impatient(client: redis.Redis, *, timeout_seconds: float = TIMEOUT_SECONDS) -> redis.Redis:
    """A client of its own to the same server: short timeouts, one immediate retry of a cut connection."""
    pool = client.connection_pool
    settings = {
        **pool.connection_kwargs,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        # A timeout is not retried: the server may be hung, and each try would wait again.
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        "retry_on_error": [],
    }
    return redis.Redis(
        connection_pool=redis.ConnectionPool(connection_class=pool.connection_class, **settings),
    )
