-- Learns what the payer grants, from 429s and from their absence. Two moods. Searching: up and down in large
-- steps, and when a step up failed, half of it next, until it is small. Steady: a little below the last good
-- rate, trying a few per cent more now and then, ever more seldom. Every step is a part of the rate.
--
-- A payer that counts over a long window answers nothing for long, then 429 for long. There the rate that it
-- served over a whole round, its quiet included, is what it grants.
local STEP_LEAST, STEP_FIRST, STEP_MOST, STEP_MOST_LONG = 0.03, 0.25, 0.5, 0.5
local HOLD_LEAST, HOLD_LONG, HOLD_MOST = 8000, 30000, 45000 -- ms between two tries while steady
local HOLD_KNOWN = 300000 -- at most, below a limit that is known
local STEADY_BELOW = 0.99 -- of the last good rate
local TRY_FOR, TRY_FOR_LONG = 2000, 6000 -- ms that a rate must hold to be good
local STEP_PLAIN = 0.12 -- a smaller step must hold longer: a burst that the payer allows hides it
local LONG_ROUND, LONG_QUIET = 10000, 0.1 -- ms, and of a minute, from where a payer's window counts as long
local LONG_FOR = 300000 -- ms that it counts so after the last long quiet
local ROUND_MEMORY = 60000 -- ms
local USED_ENOUGH = 0.9 -- of a tried rate, to say anything about it
local WALL_SOON = 3000 -- ms: refused again so soon, the rate was far too high
local STRAYS_APART = 120000 -- ms at a known limit without a 429: the next one has nothing to do with the last
local CUT, CUT_SOFT, KNOWN_CUT = 0.6, 0.9, 0.995
local CATCH_UP = 1.25 -- a second, back to a rate that is believed

local function has_long_window(quota) return quota.long_until > now end
local function try_for(quota)
  if has_long_window(quota) then return TRY_FOR_LONG end
  return TRY_FOR * math.max(1, STEP_PLAIN / math.max(quota.step, STEP_LEAST))
end
local function step_most(quota) return has_long_window(quota) and STEP_MOST_LONG or STEP_MOST end
local function hold_least(quota) return has_long_window(quota) and HOLD_LONG or HOLD_LEAST end
local function longer(hold) return math.max(hold, math.min(hold * 2, HOLD_MOST)) end

-- What was served of late: seven buckets cover the last minute whole.
local BUCKET, BUCKETS = 10000, 7
local function forget_served(quota)
  for at = 0, BUCKETS - 1 do quota['served_' .. at] = 0 end
  quota.bucket, quota.served_since = math.floor(now / BUCKET), now
end
local function roll_buckets(quota)
  local bucket = math.floor(now / BUCKET)
  if bucket < quota.bucket or quota.served_since > now then return forget_served(quota) end -- a clock set back
  for number = math.max(quota.bucket + 1, bucket - BUCKETS + 1), bucket do quota['served_' .. number % BUCKETS] = 0 end
  quota.bucket = bucket
end
-- Requests a second in the minute up to a moment of late.
local function served_in_a_minute(quota, moment)
  local from = math.max(moment - ROUND_MEMORY, quota.served_since)
  local sum = 0
  for number = quota.bucket - BUCKETS + 1, quota.bucket do
    local begins = number * BUCKET
    local part = math.min(1, math.max(0, (begins + BUCKET - from) / BUCKET))
    sum = sum + quota['served_' .. number % BUCKETS] * part
  end
  return sum * 1000 / math.max(moment - from, 1)
end

-- Somebody may have written over one of the two: the other says what it was, and without both it is learned anew.
local function heal_rate(quota)
  local rate = quota.rate > 0 and quota.rate or quota.good
  if rate > 0 then
    quota.rate, quota.good = bounded(quota, rate), bounded(quota, quota.good > 0 and quota.good or rate)
  elseif quota.profile_rate > 0 then
    quota.profile_at = 0
  end
end

-- The profile is new or was changed: what was learned under another says nothing.
local function take_profile(quota, rate, burst, floor, ceiling, share)
  if rate > 0 and quota.rate == 0 then quota.profile_at = 0 end -- somebody wrote a word over it
  local same = quota.profile_at > 0 and quota.profile_rate == rate and quota.profile_burst == burst
    and quota.profile_floor == floor and quota.profile_ceiling == ceiling and quota.profile_share == share
  -- While a fleet is rolled, old and new ask in turns: one of them for a while.
  if same or (quota.profile_at > 0 and now - quota.profile_at < 60000 and now >= quota.profile_at) then
    return
  end
  local relearn = quota.profile_at == 0 or quota.profile_rate ~= rate
  quota.profile_rate, quota.profile_burst, quota.profile_floor = rate, burst, floor
  quota.profile_ceiling, quota.profile_share, quota.profile_at = ceiling, share, now
  if relearn then
    quota.rate = rate > 0 and bounded(quota, rate) or 0
    quota.good, quota.step, quota.narrowing, quota.trying = quota.rate, STEP_LEAST, 0, 0
    quota.hold, quota.long_until, quota.up_at = HOLD_LEAST, 0, now + HOLD_LEAST
    quota.recovered_at, quota.served = now, 0
    forget_served(quota)
  elseif quota.rate > 0 then
    quota.rate, quota.good = bounded(quota, quota.rate), bounded(quota, quota.good)
  end
end

local function count_served(quota, served)
  roll_buckets(quota)
  local bucket = 'served_' .. quota.bucket % BUCKETS
  quota[bucket] = quota[bucket] + served
  quota.served, quota.try_served = quota.served + served, quota.try_served + served
end

local function try_at(quota, rate)
  quota.rate, quota.trying, quota.try_at, quota.try_served = bounded(quota, rate), 1, now, 0
end

local function settle_at(quota, hold)
  quota.step, quota.narrowing, quota.trying, quota.hold = STEP_LEAST, 0, 0, math.max(hold, hold_least(quota))
  quota.rate = bounded(quota, quota.good < ceiling_of(quota) and quota.good * STEADY_BELOW or quota.good)
  quota.up_at = now + quota.hold
end

-- Refused at a rate that was good.
local function fell(quota, run, granted)
  local refuted = quota.good
  local kept_up = run >= 1000 and quota.served * 1000 / run >= refuted * 0.9
  if refuted >= ceiling_of(quota) and kept_up and not has_long_window(quota) then
    -- A stray one at a limit that is known: each costs a quiet, so that soon after the last one the limit is met
    -- ever more seldom.
    quota.good = bounded(quota, refuted * KNOWN_CUT)
    settle_at(quota, run < quota.hold + STRAYS_APART and math.min(quota.hold * 2, HOLD_KNOWN) or HOLD_LEAST)
  elseif has_long_window(quota) then
    -- Its window is still full of what went before: slower for a moment, and the rate as it was served.
    quota.good = bounded(quota, math.max(granted, quota.good * CUT_SOFT))
    settle_at(quota, quota.hold)
    quota.rate = bounded(quota, math.min(quota.good, quota.rate) * CUT)
  elseif run < WALL_SOON then
    quota.good = bounded(quota, math.max(math.min(granted, refuted * CUT_SOFT), refuted * CUT))
    -- Somewhere below what was refused.
    quota.rate, quota.narrowing, quota.step = quota.good, 1, (refuted / quota.good - 1) / 2
    quota.hold, quota.up_at = HOLD_LEAST, now + try_for(quota)
  else
    quota.good = bounded(quota, quota.good * (1 - STEP_LEAST))
    settle_at(quota, longer(quota.hold))
  end
end

-- A step up was refused.
local function stepped_too_far(quota)
  if quota.step / 2 >= STEP_LEAST then
    quota.step, quota.narrowing, quota.trying = quota.step / 2, 1, 0
    quota.rate, quota.up_at = quota.good, now + try_for(quota)
  else
    settle_at(quota, longer(quota.hold))
  end
end

-- The payer serves again. What was the 429 about?
local function recovered(quota)
  -- It began to serve again between the last refusal and now.
  local began = (now + quota.refused_last) / 2
  local run = math.max(quota.refused_at - quota.recovered_at, 1)
  local quiet = math.max(now - quota.refused_at, 0)
  local in_a_minute = served_in_a_minute(quota, began)
  local is_long = quiet >= ROUND_MEMORY * LONG_QUIET and quiet <= ROUND_MEMORY
    and now - quota.served_since >= LONG_ROUND
  if is_long then quota.long_until = now + LONG_FOR end
  if quota.outage == 1 then -- it was not about our rate
    if quota.rate > 0 then settle_at(quota, quota.hold) end
  elseif quota.rate == 0 then -- no limit was known
    quota.good = bounded(quota, math.max(in_a_minute, quota.served * 500 / run))
    quota.rate, quota.step, quota.narrowing, quota.up_at = quota.good, STEP_FIRST, 0, now + try_for(quota)
  elseif quiet > ROUND_MEMORY then -- of a window that is longer than we remember: it names its end
    settle_at(quota, quota.hold)
  elseif is_long and in_a_minute > 0 and in_a_minute * STEADY_BELOW < quota.good then
    quota.good = bounded(quota, in_a_minute * STEADY_BELOW)
    settle_at(quota, 0)
  elseif quota.trying == 1 then
    stepped_too_far(quota)
  else
    local span = math.max(began - quota.recovered_at, 1)
    fell(quota, run, has_long_window(quota) and in_a_minute or quota.served * 1000 / span)
  end
  quota.recovering, quota.outage, quota.trying = 0, 0, 0
  quota.recovered_at, quota.served = now, 0
end

-- Time went by without a 429.
local function look_up(quota)
  if quota.rate == 0 or quota.recovering ~= 0 then return end
  local believed = quota.good * STEADY_BELOW
  if quota.trying == 0 and quota.rate < believed and now - quota.recovered_at >= 1000 then
    quota.rate, quota.recovered_at = math.min(bounded(quota, quota.rate * CATCH_UP), believed), now
    return
  end
  if quota.trying == 1 and now - quota.try_at >= try_for(quota) then
    if quota.try_served * 1000 >= USED_ENOUGH * quota.rate * (now - quota.try_at) then
      quota.good, quota.trying = quota.rate, 0
      if quota.narrowing == 1 then quota.step = quota.step / 2
      else quota.step = math.min(quota.step * 2, step_most(quota)) end
      if quota.step > STEP_PLAIN then quota.hold = hold_least(quota) end -- it grants more, indeed
      if quota.step < STEP_LEAST then settle_at(quota, quota.hold) else quota.up_at = now end
    else -- nobody wanted so much: it says nothing
      settle_at(quota, quota.hold)
    end
  end
  if quota.trying == 0 and now >= quota.up_at and quota.good < ceiling_of(quota) then
    try_at(quota, quota.good * (1 + quota.step))
  end
end
