-- quota_take: version, payer, the profile's rate, burst, floor, ceiling, backfill share; shard, its requests
-- under way and permits held; wanted by token, urgent, routine, backfill; given back unused; started and served
-- since the last call, the epoch they were served in, by how much (of 1000) the payer's headers slow us, the last
-- epoch that the shard heard of, and how many of the served were tokens.
--
-- Answers { granted by each of the four, µs to the first one's start (below zero: it began), µs between two, epoch,
-- ms of quiet left, ms before asking again makes sense, requests a second, 1 while one request asks whether a quiet
-- is over, what the breaker bars, ms to its next probe, number of its last change }.
--
-- A permit is a slot of the rate (GCRA, ITU-T I.371 Annex A: `tat` is the theoretical arrival time of the
-- next): a shard gets those that begin within the horizon, so that nothing of the rate is lost while it asks.
local HORIZON, HORIZON_FIRST, HORIZON_MORE = 80000, 20000, 20000 -- µs; more for who goes first, and than a pause
local WANTED_FOR = 150 -- ms that a lane's unmet want holds others to their share
local SHARES = { token = 0.2, routine = 0.25 } -- at least, whoever else wants them
local CALLS_A_REQUEST, CALLS_LEAST = 0.2, 25 -- what the fleet's asking may cost; a second
local PAUSE, PAUSE_LONG, PAUSE_MOST = 60, 200, 1000 -- ms between two calls of one shard that got too little, or nothing
local PROBE_FOR = 3000 -- ms that a single request has after a quiet
local FLIGHT_FOR = 60000 -- ms that a shard's report of its requests counts
local MOST_AT_ONCE = 1000

local payer = ARGV[2]
local number = {}
for at = 3, #ARGV do number[at] = number_or_zero(ARGV[at]) end
local shard = ARGV[8]
local quota = read_quota(payer)

-- ---- what the shard tells
heal_rate(quota)
take_profile(quota, number[3], number[4], number[5], number[6], number[7])
-- A Redis that lost the last one would give permits that are void to all who heard of it.
quota.epoch = math.max(quota.epoch, number[19])
local returned, started, served, served_epoch = number[14], number[15], number[16], number[17]
quota.used = quota.used + started
count_served(quota, served)
if served > 0 then note_served(quota, 'served', shard) end
if number[20] > 0 then note_served(quota, 'token', shard) end
if served > 0 and served_epoch == quota.epoch then
  quota.bursts = 0
  if quota.recovering == 1 then recovered(quota) end
end
if number[18] < 1000 and number[18] >= 500 then quota.slow, quota.slow_until = number[18], now + 1000 end
local blocked = quota.blocked_until - now
-- Where the payer named the end of its quiet, it is believed.
if quota.recovering == 2 and blocked <= 0 then recovered(quota) end
look_up(quota)

local rate = rate_in_force(quota)
local interval = rate > 0 and 1000000 / pace_in_force(quota) or 0
if quota.tat > now_us + math.max(2 * interval, 1000000) then quota.tat = now_us end -- a clock set back
if returned > 0 and interval > 0 then quota.tat = quota.tat - returned * interval end
quota.tat = math.max(quota.tat, now_us - (burst_in_force(quota) - 1) * interval)
local first = quota.tat

-- ---- the fleet's requests under way, where an operator bounds them
local function room_in_flight()
  if not overridden(quota, 'override_inflight') then return MOST_AT_ONCE end
  local flight = root .. ':flight:' .. payer
  local all = redis.call('HGETALL', flight)
  local sum = number[9]
  for at = 1, #all, 2 do
    local count, untill = string.match(all[at + 1], '^(%d+) (%d+)$')
    if all[at] ~= shard then
      if count and tonumber(untill) > now and tonumber(untill) <= now + 2 * FLIGHT_FOR then sum = sum + tonumber(count)
      else redis.call('HDEL', flight, all[at]) end
    end
  end
  return math.max(0, quota.override_inflight - sum)
end
local function note_flight(granted)
  if not overridden(quota, 'override_inflight') then return end
  local flight = root .. ':flight:' .. payer
  redis.call('HSET', flight, shard, whole(number[9] + granted) .. ' ' .. whole(now + FLIGHT_FOR))
  redis.call('PEXPIRE', flight, 2 * FLIGHT_FOR)
end

-- ---- how soon to ask again: the more calls there were, the longer, and what is given out reaches as far
if now - quota.calls_at >= 1000 or now < quota.calls_at then
  quota.calls_before = now - quota.calls_at < 2000 and quota.calls or 0
  quota.calls, quota.calls_at = 0, now
end
quota.calls, quota.asks = quota.calls + 1, quota.asks + 1
local pressure = math.max(1, quota.calls_before / math.max(rate * CALLS_A_REQUEST, CALLS_LEAST))
local pause = math.min(PAUSE * pressure, PAUSE_LONG)
local reach = math.max(HORIZON, pause * 1000 + HORIZON_MORE)

-- ---- the slots
local function wanted(lane) return quota['wanted_' .. lane] > now end
local function held_to_share(lane)
  if lane == 'token' then return wanted('urgent') or wanted('routine') or wanted('backfill') end
  return (lane ~= 'urgent' and wanted('urgent')) or (lane == 'backfill' and wanted('routine'))
end

local function slots_before(time, from, step) return from > time and 0 or math.floor((time - from) / step) + 1 end

local room = room_in_flight()
local granted = {}
local unmet_until = 0 -- µs when the first unmet want could be met

local function grant(lane, want, share)
  if want == 0 then return 0 end
  if interval == 0 then
    local count = math.min(want, room)
    room = room - count
    return count
  end
  local clock_name = 'clock_' .. lane
  local step = share and interval / share
  local held = share and held_to_share(lane)
  local goes_first = held or lane == 'token'
  local horizon = goes_first and reach + HORIZON_FIRST or reach
  local count = math.min(want, room, MOST_AT_ONCE, slots_before(now_us + horizon, quota.tat, interval))
  local clock = step and math.min(math.max(quota[clock_name], now_us - step), now_us + horizon + step)
  if held then count = math.min(count, slots_before(now_us + horizon, clock, step)) end
  if step then
    clock = clock + count * step
    quota[clock_name] = held and clock or math.min(clock, now_us + step)
  end
  quota.tat = quota.tat + count * interval
  room = room - count
  if count < want then
    if lane ~= 'token' then quota['wanted_' .. lane] = now + WANTED_FOR end
    local at = math.max(quota.tat, held and clock or 0) - horizon
    if unmet_until == 0 or at < unmet_until then unmet_until = at end
  end
  return count
end

local wants = { number[10], number[11], number[12], number[13] }
local sum_wanted = wants[1] + wants[2] + wants[3] + wants[4]
local probing = false
if blocked > 0 then
  granted = { 0, 0, 0, 0 }
elseif quota.recovering == 1 then
  -- One request asks whether the quiet is over; the others wait for what it hears.
  granted = { 0, 0, 0, 0 }
  if sum_wanted > 0 and quota.probe_until <= now then
    for at, want in ipairs(wants) do
      if want > 0 then
        granted[at] = 1
        break
      end
    end
    quota.probe_until = now + PROBE_FOR
    quota.tat = math.max(quota.tat, now_us) + interval
    first = now_us
  end
  probing = true
else
  granted = { grant('token', wants[1], SHARES.token), grant('urgent', wants[2]),
    grant('routine', wants[3], SHARES.routine), grant('backfill', wants[4], backfill_share(quota)) }
end
local sum = granted[1] + granted[2] + granted[3] + granted[4]
quota.granted = quota.granted + sum - math.min(returned, quota.granted)
note_flight(sum)

local again = 0
if sum < sum_wanted then
  again = sum > 0 and pause or math.min(PAUSE * pressure, PAUSE_MOST)
  -- At most a second: what an operator changes is to be noticed.
  if unmet_until > 0 then again = math.max(again, math.min(math.ceil((unmet_until - now_us) / 1000), PAUSE_MOST)) end
  if blocked > 0 then again = blocked end
end
write_quota(payer, quota)
return { granted[1], granted[2], granted[3], granted[4], math.floor(first - now_us),
  math.floor(interval), quota.epoch, math.max(0, blocked), math.ceil(again), number_text(rate),
  probing and 1 or 0, quota.breaker, math.max(0, quota.breaker_next - now), quota.breaker_change }
