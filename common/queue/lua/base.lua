-- Stands first in every script and in the function library: keys, clock, fence and versions.
-- begin() sets the root and the time of this call; nothing else survives from one call to the next.
local SCHEMA, MIN_WRITER = 1, 1
local WRITER = 1 -- of these scripts; queue_scripts.hpp says the same
local LANES = { 'urgent', 'routine', 'backfill' }
local LANE_RANK = { urgent = 0, routine = 1, backfill = 2 }
local RANK_STEP = 1e13 -- above any time in ms: a member's jobs order by lane, then by time
local DAY = 86400000
local MOST = 100 -- items that one call touches
local FEW = 50 -- where each of them is a dozen commands
local HINTS_A_CALL = 8

local root, now_us, now
local now_text -- the same as Redis stores it: a number would be formatted anew at each use
-- In an operator's function, which runs with the operator's rights: what would take something away
-- is left to the scheduler by the stream `commands`.
local adds_only = false
local hints_left

local function begin(given_root)
  root = given_root
  hints_left = HINTS_A_CALL
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
  now = math.floor(now_us / 1000)
  now_text = string.format('%d', now)
end

local function key(name) return root .. ':' .. name end
local function job_key(job) return root .. ':job:' .. job end
local function cursor_key(job) return root .. ':cursor:' .. job end
local function member_key(member) return root .. ':member:' .. member end
local function jobs_key(member) return root .. ':m:' .. member end
local function waits_key(member) return root .. ':waits:' .. member end
local function ready_key(payer, lane) return root .. ':ready:' .. payer .. ':' .. lane end
local function due_key(payer) return root .. ':due:' .. payer end
local function quota_key(payer) return root .. ':quota:' .. payer end
local function batch_key(batch) return root .. ':batch:' .. batch end
local function batch_jobs_key(batch) return root .. ':batch:' .. batch .. ':jobs' end
local function batch_left_key(batch) return root .. ':batch:' .. batch .. ':left' end
-- When somebody left of whom there was nothing to erase.
local function left_key(member) return root .. ':left:' .. member end
local function tokens_key(member) return 'cf-tok:{0}:' .. member end

-- Times, scores and fences; below 2^53, and much quicker than '%.0f'.
local function whole(number) return string.format('%d', number) end
local function fail(code, detail) return redis.error_reply(code .. ' ' .. detail) end

-- Where one call does the same for many (one_by_one.lua): what is written once for all of them, at its end.
--   sums       name → field → by, of add()
--   histories  those that grew
--   pauses     whether anything is paused
local gathered

-- A count that somebody wrote a word over must stop nobody: it begins anew, and fsck counts again.
local function add(name, field, by)
  if gathered then
    local sums = gathered.sums[name] or {}
    sums[field] = (sums[field] or 0) + by
    gathered.sums[name] = sums
    return
  end
  local sum = redis.pcall('HINCRBY', name, field, by)
  if type(sum) == 'number' and sum >= 0 then return sum end
  redis.call('HSET', name, field, math.max(by, 0))
  return math.max(by, 0)
end
-- Nor must "nan" and "inf", which Lua reads as numbers.
local function number_or_zero(text)
  local number = tonumber(text or '0')
  return number and number - number == 0 and number or 0
end

-- Nothing when this writer may write; else the error to answer.
local function version_refused(writer)
  local meta = redis.call('HMGET', key('meta'), 'schema', 'min_writer')
  if not meta[1] then
    redis.call('HSET', key('meta'), 'schema', SCHEMA, 'min_writer', MIN_WRITER)
    return nil
  end
  if tonumber(writer) < number_or_zero(meta[2]) then
    return fail('VERSION', 'Redis holds schema ' .. meta[1] .. ', written by a newer release; upgrade this program')
  end
  return nil
end

-- Of members that a database keeps, tokens and consents are nothing to look for here. Nothing, or the error to answer.
local function kept_elsewhere()
  if not redis.call('HGET', key('meta'), 'recorded') then return nil end
  return fail('RECORDED', 'members are kept in a database; give this program the [sink] that the workers have')
end

local function in_force(untill)
  local moment = tonumber(untill)
  return moment and (moment == 0 or moment > now)
end
local function paused(scope)
  if gathered and gathered.pauses == nil then gathered.pauses = redis.call('HLEN', key('paused')) > 0 end
  return not (gathered and not gathered.pauses) and in_force(redis.call('HGET', key('paused'), scope))
end

-- Random by the caller's seed; names no member.
local function job_id(seed, number) return string.sub(redis.sha1hex(seed .. ':' .. number), 1, 24) end
