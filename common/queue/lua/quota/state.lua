-- The fleet's quota of one payer, as quota:<payer> holds it: read once a call, changed as a table,
-- and what changed written once. Every field is a number; times are ms, `tat` and the lanes' clocks µs.
local QUOTA_FIELDS = {
  -- what the workers' profile says
  'profile_rate', 'profile_burst', 'profile_floor', 'profile_ceiling', 'profile_share', 'profile_at',
  -- the rate in force and how it is learned (learn.lua)
  'rate', 'good', 'step', 'narrowing', 'hold', 'up_at', 'trying', 'try_at', 'try_served', 'long_until', 'recovered_at',
  'served', 'bucket', 'served_since', 'served_0', 'served_1', 'served_2', 'served_3', 'served_4', 'served_5',
  'served_6', 'slow', 'slow_until',
  -- what was given out: the next free slot, lanes' clocks, who waits, how often it is asked (take.lua)
  'tat', 'clock_token', 'clock_routine', 'clock_backfill', 'wanted_urgent', 'wanted_routine', 'wanted_backfill',
  'asks', 'calls', 'calls_before', 'calls_at', 'granted', 'used', 'refused',
  -- 429s (refused.lua)
  'epoch', 'bursts', 'refused_at', 'refused_last', 'blocked_until', 'blocked_ms', 'recovering', 'outage', 'probe_until',
  -- the breaker (breaker.lua)
  'breaker', 'breaker_change', 'breaker_next', 'breaker_lost', 'breaker_probe', 'breaker_opened',
  'served_by', 'served_at', 'served_other_at', 'token_by', 'token_at', 'token_other_at',
  -- operators
  'override_rate', 'override_burst', 'override_inflight', 'override_until', 'share', 'share_until',
}
local QUOTA_CHANNEL = ':quota'
local NO_CEILING = 100000 -- requests a second: more than a fleet sends
local FLOOR_SHARE = 0.01 -- of the profile's rate, where the profile names no floor
local FLOOR_LEAST = 0.2 -- requests a second
local DEFAULT_SHARE = 0.2 -- of backfills, where neither profile nor operator says one
local QUIET_MAX = 2 * 3600000 -- ms: nobody asks for more, so a later time is a clock set back
-- Likewise how far off other ends may be. Any field may hold what somebody typed: it must heal.
local ENDS = {
  blocked_until = QUIET_MAX, probe_until = 10000, slow_until = 10000, long_until = 600000, up_at = 600000,
  wanted_urgent = 1000, wanted_routine = 1000, wanted_backfill = 1000, override_until = 31 * DAY,
  breaker_next = 120000, breaker_probe = 300000,
}
local PAST = { 'try_at', 'recovered_at', 'refused_at', 'refused_last' }
local LEAST, EXACT = 0.0001, 2 ^ 53 -- what number_text() writes
local SHARE_LEAST = 0.01
-- Of a limit that the profile knows: a payer that counts by windows has 200 of 200 and not one more, whatever the
-- network does to the time between two.
local KNOWN_BELOW = 0.9925

local function read_quota(payer)
  local found = redis.call('HMGET', quota_key(payer), unpack(QUOTA_FIELDS))
  local quota, before = {}, {}
  for at, name in ipairs(QUOTA_FIELDS) do
    before[name] = found[at]
    local number = number_or_zero(found[at])
    quota[name] = number >= LEAST and number < EXACT and number or 0 -- not of "nan", either
  end
  quota.before = before
  local set_back = quota.refused_last - now -- at least
  if set_back > 0 then quota.blocked_until = math.max(0, quota.blocked_until - set_back) end
  for name, most in pairs(ENDS) do
    if quota[name] > now + most then quota[name] = 0 end
  end
  for _, name in ipairs(PAST) do quota[name] = math.min(quota[name], now) end
  if quota.trying ~= 1 then quota.trying = 0 end
  if quota.recovering ~= 1 and quota.recovering ~= 2 then quota.recovering = 0 end
  if quota.good == 0 then quota.good = quota.rate end
  return quota
end

local function number_text(number)
  return number == math.floor(number) and whole(number) or string.format('%.4f', number)
end

local function write_quota(payer, quota)
  local changed = {}
  for _, name in ipairs(QUOTA_FIELDS) do
    local text = number_text(quota[name])
    if text ~= (quota.before[name] or '0') then
      changed[#changed + 1] = name
      changed[#changed + 1] = text
    end
  end
  if #changed > 0 then redis.call('HSET', quota_key(payer), unpack(changed)) end
end

-- Reaches the process of every shard at once; who does not listen learns it with its next call.
local function announce(payer, ...)
  redis.call('PUBLISH', root .. QUOTA_CHANNEL, table.concat({ payer, ... }, ' '))
end

local function ceiling_of(quota)
  if quota.profile_ceiling > 0 then return quota.profile_ceiling end
  return quota.profile_rate > 0 and quota.profile_rate or NO_CEILING
end
local function floor_of(quota)
  local floor = quota.profile_floor > 0 and quota.profile_floor or quota.profile_rate * FLOOR_SHARE
  return math.min(math.max(floor, FLOOR_LEAST), ceiling_of(quota))
end
local function bounded(quota, rate) return math.max(floor_of(quota), math.min(rate, ceiling_of(quota))) end

local function overridden(quota, field) return quota.override_until > now and quota[field] > 0 end

-- Requests a second; 0: no limit is known.
local function rate_in_force(quota)
  if overridden(quota, 'override_rate') then return math.min(quota.override_rate, ceiling_of(quota)) end
  if quota.rate == 0 then return 0 end
  local slow = quota.slow_until > now and math.min(quota.slow, 1000) or 1000
  return bounded(quota, math.min(quota.rate, ceiling_of(quota)) * slow / 1000)
end
local function pace_in_force(quota)
  local rate = rate_in_force(quota)
  return rate >= ceiling_of(quota) and rate * KNOWN_BELOW or rate
end
local function burst_in_force(quota)
  local burst = overridden(quota, 'override_burst') and quota.override_burst or quota.profile_burst
  return math.max(burst, 1)
end
local function has_own_share(quota)
  return quota.share > 0 and (quota.share_until == 0 or quota.share_until > now)
end
local function backfill_share(quota)
  local share = has_own_share(quota) and quota.share or quota.profile_share
  return share > 0 and math.min(math.max(share, SHARE_LEAST), 1) or DEFAULT_SHARE
end
