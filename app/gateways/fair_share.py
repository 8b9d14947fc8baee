"""Fair shares over all workers: one hash in Redis, one script. While Redis is away each process shares out by itself, which
gives the same shares as long as all of them see the same campaigns. Nothing in it needs to survive."""

import threading
from collections.abc import Mapping
from typing import Final

import redis
from redis.exceptions import RedisError

from app.gateways.impatient_redis import impatient
from app.rules import fair_share
from app.rules.fair_share import CREDIT, MOST_REMEMBERED, STEP, Shares

KEY: Final = "huitou:fair_share:v1"
KEEP_MILLISECONDS: Final = 3_600_000

# Says what rules/fair_share.py says. ARGV: n, credit, step, keep, most; the charge taken back (sender, amount); then pairs of
# sender and weight.
_SCRIPT: Final = """
local h, n, credit, step = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if ARGV[6] ~= '' then redis.call('HINCRBY', h, ARGV[6], -tonumber(ARGV[7])) end
if #ARGV < 8 then return false end
local now = tonumber(redis.call('HGET', h, 'now') or 0)
local chosen, start, weight
for i = 8, #ARGV, 2 do
  local at = math.max(tonumber(redis.call('HGET', h, ARGV[i]) or 0), now - credit)
  if not start or at < start then chosen, start, weight = ARGV[i], at, tonumber(ARGV[i + 1]) end
end
redis.call('HSET', h, chosen, string.format('%.0f', start + math.floor(n * step / weight)))
if start > now then redis.call('HSET', h, 'now', string.format('%.0f', start)) end
if redis.call('HLEN', h) > tonumber(ARGV[5]) then redis.call('DEL', h) end
redis.call('PEXPIRE', h, ARGV[4])
return chosen
"""


class FairShare:
    """One per process, shared by its threads. Never raises for a dead Redis."""

    def __init__(self, client: redis.Redis, *, key: str = KEY) -> None:
        self._script, self._key = impatient(client).register_script(_SCRIPT), key
        self._alone = Shares()
        self._lock = threading.Lock()

    def pick(self, weights: Mapping[int, int], *, n: int) -> int:
        """Who sends the next `n` messages among senders (→ weight from 1 to 9); the one is charged for them."""
        if len(weights) == 1:
            return next(iter(weights))
        wanted = [word for one in sorted(weights) for word in (one, weights[one])]
        try:
            return int(
                self._script(
                    keys=[self._key], args=[n, CREDIT, STEP, KEEP_MILLISECONDS, MOST_REMEMBERED, "", 0, *wanted]
                )
            )
        except RedisError:
            with self._lock:
                return fair_share.pick(self._alone, weights, n=n)

    def refund(self, sender: int, *, weight: int, n: int) -> None:
        """`n` messages of those charged did not leave."""
        try:
            self._script(keys=[self._key], args=[0, 0, 0, 0, MOST_REMEMBERED, sender, n * STEP // weight])
        except RedisError:
            with self._lock:
                fair_share.refund(self._alone, sender, weight=weight, n=n)
