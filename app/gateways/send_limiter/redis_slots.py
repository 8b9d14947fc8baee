"""Slots on Redis: one hash, one script, Redis's own clock. Nothing in it needs to survive."""

from collections.abc import Mapping
from typing import Final

import redis

from app.gateways.impatient_redis import impatient

from .slot import HORIZON, WINDOW, Plan

KEY: Final = "huitou:send_slots:v1"
KEEP_MILLISECONDS: Final = 7 * 86_400_000
_CROWD: Final = 256  # beyond this many keys, forget those that no longer hold anybody back

# One hash, so that a flush, an eviction or an expiry loses all of it or nothing: half a memory would be a licence to
# send twice. "!run" is the server's run id: another one means a restart or a failover, whose data may be old.
# Numbers are written with %.0f because Lua's own form of 1.8e15 loses digits.
_SCRIPT: Final = """
local h, n, horizon, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or 'unknown'

local memory = redis.call('HMGET', h, '!run', '!floor', '!last')
local floor, last = tonumber(memory[2]), tonumber(memory[3])
if memory[1] ~= run or not floor or not last or now < last - 100000 then
  redis.call('DEL', h)
  floor = now + window
  redis.call('HSET', h, '!run', run, '!floor', string.format('%.0f', floor))
end
redis.call('HSET', h, '!last', string.format('%.0f', now))
redis.call('PEXPIRE', h, ARGV[4])

local names, every, free = {}, {}, {}
local at, step = math.max(now, floor), 0
for i = 6, #ARGV, 2 do
  names[#names + 1] = 'k:' .. ARGV[i]
  every[#names] = tonumber(ARGV[i + 1])
  free[#names] = tonumber(redis.call('HGET', h, names[#names]) or 0)
  at = math.max(at, free[#names])
  step = math.max(step, every[#names])
end
if at - now > horizon then
  return {0, at - horizon - now}
end

local slowest = 0
for i = 1, #names do
  if free[i] == at then slowest = math.max(slowest, every[i]) end
end
for i = 1, #names do
  if every[i] < slowest and at > math.max(free[i], now) then
    local patience = free[i] <= now and at - every[i] or free[i]
    if patience > now then return {0, patience - now} end
  end
end

for i = 1, #names do
  redis.call('HSET', h, names[i], string.format('%.0f', at + (n - 1) * step + every[i]))
end
if redis.call('HLEN', h) > tonumber(ARGV[5]) then
  local all = redis.call('HGETALL', h)
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 2) == 'k:' and tonumber(all[i + 1]) < now then redis.call('HDEL', h, all[i]) end
  end
end
return {1, at - now}
"""


class RedisSlots:
    """Raises redis.exceptions.RedisError when Redis is away, hung or not itself."""

    def __init__(self, client: redis.Redis, *, key: str = KEY) -> None:
        self._client, self._key = impatient(client), key
        self._script = self._client.register_script(_SCRIPT)

    def reserve(self, every: Mapping[str, int], *, n: int) -> Plan:
        """A Plan whose `at` counts from now (the server's now), not from its epoch."""
        pairs = [word for key, interval in every.items() for word in (key, str(interval))]
        granted, wait = self._script(keys=[self._key], args=[n, HORIZON, WINDOW, KEEP_MILLISECONDS, _CROWD, *pairs])
        return Plan(granted=bool(granted), at=int(wait))

    def ping(self) -> None:
        self._client.ping()
