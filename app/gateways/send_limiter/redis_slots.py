"""Slots on Redis: one hash, one script, Redis's own clock. Nothing in it needs to survive."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

import redis

from app.gateways.impatient_redis import impatient

from .slot import HORIZON, WINDOW, Plan

KEY: Final = "huitou:send_slots:v1"
KEEP_MILLISECONDS: Final = 7 * 86_400_000
_CROWD: Final = 512  # beyond this many fields, forget the keys that no longer hold anybody back

# One hash, so that a flush, an eviction or an expiry loses all of it or nothing: half a memory would be a licence to
# send twice. "!run" is the server's run id: another one means a restart or a failover, whose data may be old.
# Numbers are written with %.0f because Lua's own form of 1.8e15 loses digits.
_SCRIPT: Final = """
local h, n, horizon, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local span, lead, unused = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
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

-- Of each limit: when it is free again, and its log, the slots of the last window and a bit, eight bytes each. At R a second
-- slot number c is a whole window after number c - R; where that has long been possible, somebody was late with slots nobody
-- used, and they are given out again, a ninth faster than the pace. A limit that rested longer begins at its pace.
local begin = math.max(now + lead, floor)
local function without(some, log)
  for i = 1, #some, 8 do
    local one = string.sub(some, i, i + 7)
    for j = #log - 7, 1, -8 do
      if string.sub(log, j, j + 7) == one then
        log = string.sub(log, 1, j - 1) .. string.sub(log, j + 8)
        break
      end
    end
  end
  return log
end
local names, every, free, step = {}, {}, {}, {}
local logs, log_of, together = {}, {}, 0
for i = 9, #ARGV, 2 do
  local k = #names + 1
  names[k], every[k] = ARGV[i], tonumber(ARGV[i + 1])
  local stored = redis.call('HMGET', h, 'k:' .. ARGV[i], 'l:' .. ARGV[i])
  local log, many = without(unused, stored[2] or ''), math.ceil(span / every[k])
  free[k], step[k], logs[k] = tonumber(stored[1] or 0), every[k], log
  local first = #log / 8 - many
  log_of[k] = function(j)
    if first + j < 0 then return 0 end
    return struct.unpack('>d', log, (first + j) * 8 + 1) + many * every[k]
  end
  local late = math.max(begin, free[k]) - log_of[k](0)
  if late > 0 and late <= horizon then
    step[k] = math.ceil(every[k] * 0.9)
    free[k] = free[k] - every[k] + step[k]
  end
  together = math.max(together, step[k])
end
local at = begin
for k = 1, #names do
  for j = 0, n - 1 do free[k] = math.max(free[k], log_of[k](j) - j * together) end
  at = math.max(at, free[k])
end
if at - now > horizon then
  return {0, at - horizon, 0, now}
end

local slowest = 0
for i = 1, #names do
  if free[i] == at then slowest = math.max(slowest, every[i]) end
end
for i = 1, #names do
  if every[i] < slowest and at > math.max(free[i], begin) then
    local patience = (free[i] <= begin and at - every[i] or free[i]) - lead
    if patience > now then return {0, patience, 0, now} end
  end
end

local given = {}
for j = 0, n - 1 do given[j + 1] = struct.pack('>d', at + j * together) end
for i = 1, #names do
  local log, old = logs[i], 0
  while old * 8 < #log and struct.unpack('>d', log, old * 8 + 1) < now - span - 2 * horizon do old = old + 1 end
  log = string.sub(log, old * 8 + 1) .. table.concat(given)
  local next_free = string.format('%.0f', at + (n - 1) * together + every[i])
  redis.call('HSET', h, 'k:' .. names[i], next_free, 'l:' .. names[i], log)
end
if redis.call('HLEN', h) > tonumber(ARGV[5]) then
  local all = redis.call('HGETALL', h)
  for i = 1, #all, 2 do
    local is_free = string.sub(all[i], 1, 2) == 'k:' and tonumber(all[i + 1]) < now - span
    if is_free then redis.call('HDEL', h, all[i], 'l:' .. string.sub(all[i], 3)) end
  end
end
return {1, at, together, now}
"""


class RedisSlots:
    """Raises redis.exceptions.RedisError when Redis is away, hung or not itself."""

    def __init__(self, client: redis.Redis, *, key: str = KEY, spread_seconds: float) -> None:
        self._client, self._key = impatient(client), key
        self._span = int(WINDOW * (1 + spread_seconds))
        self._script = self._client.register_script(_SCRIPT)

    def reserve(self, every: Mapping[str, int], *, n: int, lead: int = 0, unused: Sequence[int] = ()) -> Plan:
        """A Plan on the server's clock, no nearer than `lead` microseconds. `unused`: slots to forget, for they were not."""
        pairs = [word for key, interval in every.items() for word in (key, str(interval))]
        back = struct.pack(f">{len(unused)}d", *unused)
        granted, at, step, now = self._script(
            keys=[self._key], args=[n, HORIZON, WINDOW, KEEP_MILLISECONDS, _CROWD, self._span, lead, back, *pairs]
        )
        return Plan(granted=bool(granted), at=int(at), step=int(step), now=int(now))

    def ping(self) -> None:
        self._client.ping()
