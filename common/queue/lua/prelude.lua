-- Stands before every script: the keys, the clock, the fence, and the few moves that all
-- transitions are made of. Each call sees KEYS[1] = root and ARGV[1] = the writer's version.
local root = KEYS[1]
local SCHEMA, MIN_WRITER = 1, 1
local LANES = { 'urgent', 'routine', 'backfill' }
local LANE_RANK = { urgent = 0, routine = 1, backfill = 2 }
local RANK_STEP = 1e13 -- above any time in ms: a member's jobs order by lane, then by time
local WAKE_MAX = 1000
local HISTORY_MAX = { dead = 100000, done = 10000 }
local HISTORY_TRIM = 20

local function key(name) return root .. ':' .. name end
local function job_key(job) return root .. ':job:' .. job end
local function member_key(member) return root .. ':member:' .. member end
local function jobs_key(member) return root .. ':m:' .. member end
local function ready_key(payer, lane) return root .. ':ready:' .. payer .. ':' .. lane end
local function quota_key(payer) return root .. ':quota:' .. payer end
local function tokens_key(member) return 'cf-tok:{0}:' .. member end

local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = math.floor(now_us / 1000)
local function whole(number) return string.format('%.0f', number) end

local function fail(code, detail) return redis.error_reply(code .. ' ' .. detail) end

-- Nothing when this writer may write; else the error to answer.
local function version_refused()
  local meta = redis.call('HMGET', key('meta'), 'schema', 'min_writer')
  if not meta[1] then
    redis.call('HSET', key('meta'), 'schema', SCHEMA, 'min_writer', MIN_WRITER)
    return nil
  end
  if tonumber(ARGV[1]) < tonumber(meta[2]) then
    return fail('VERSION', 'Redis holds schema ' .. meta[1] .. ', written by a newer release; upgrade this program')
  end
  return nil
end

local function next_fence()
  local last = tonumber(redis.call('GET', key('fence')) or '0')
  local fence = whole(math.max(last + 1, now_us))
  redis.call('SET', key('fence'), fence)
  return fence
end

-- True when the caller's lease is the one that holds the member.
local function holds(job, member, fence)
  return redis.call('HGET', key('busy'), member) == job
    and redis.call('HGET', job_key(job), 'fence') == fence
end
local function lease_lost() return fail('LEASE_LOST', 'another owns the member, or the job is over') end

local function paused(scope)
  local untill = redis.call('HGET', key('paused'), scope)
  return untill and (tonumber(untill) == 0 or tonumber(untill) > now)
end

-- `renewed` speaks of this lease alone: the next one begins with the member's new tokens.
local function leave_running(job, member, payer)
  redis.call('ZREM', key('running'), job)
  redis.call('HDEL', key('busy'), member)
  if redis.call('HINCRBY', key('load'), payer, -1) <= 0 then redis.call('HDEL', key('load'), payer) end
  redis.call('HDEL', job_key(job), 'worker', 'renewed')
end

-- A running job that lost its hash could not tell the reaper whose it was: its member is free again
-- as soon as somebody looks.
local function is_busy(member, payer)
  local job = redis.call('HGET', key('busy'), member)
  if job and not redis.call('ZSCORE', key('running'), job) then
    leave_running(job, member, payer)
    return false
  end
  return job
end

-- Puts the member where it belongs: in the ready set of its best job's lane, or in none.
local function stand(member)
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
  local payer, state = facts[1], facts[2]
  if not payer then return end
  local best = redis.call('ZRANGE', jobs_key(member), 0, 0, 'WITHSCORES')
  local may = best[1] and state == 'active' and not paused('member:' .. member)
    and not is_busy(member, payer)
  local lane = may and LANES[math.floor(tonumber(best[2]) / RANK_STEP) + 1]
  for _, other in ipairs(LANES) do
    if other ~= lane then redis.call('ZREM', ready_key(payer, other), member) end
  end
  if lane then
    redis.call('ZADD', ready_key(payer, lane), whole(tonumber(best[2]) % RANK_STEP), member)
    redis.call('LPUSH', key('wake'), '1')
    redis.call('LTRIM', key('wake'), 0, WAKE_MAX - 1)
  end
end

-- The job becomes runnable now.
local function make_ready(job, member, lane)
  redis.call('HSET', job_key(job), 'state', 'ready')
  redis.call('ZADD', jobs_key(member), whole(LANE_RANK[lane] * RANK_STEP + now), job)
  stand(member)
end

local function uniq_field(kind, member, window) return kind .. ' ' .. member .. ' ' .. window end
-- The same work may be enqueued again.
local function forget(job, kind, member, window)
  local field = uniq_field(kind, member, window)
  if redis.call('HGET', key('uniq'), field) == job then redis.call('HDEL', key('uniq'), field) end
  if redis.call('HGET', member_key(member), 'live_sync') == job then
    redis.call('HDEL', member_key(member), 'live_sync')
  end
end
-- Neither ended nor lost with its hash: something comes of it yet.
local function is_live(job)
  local state = redis.call('HGET', job_key(job), 'state')
  return state and state ~= 'done' and state ~= 'dead'
end
local function live_sync(member)
  local job = redis.call('HGET', member_key(member), 'live_sync')
  return job and is_live(job) and job
end

-- Into a history of bounded length: `dead` or `done`.
local function into_history(history, job)
  redis.call('ZADD', key(history), now, job)
  local over = redis.call('ZCARD', key(history)) - HISTORY_MAX[history]
  if over > 0 then
    local oldest = redis.call('ZPOPMIN', key(history), math.min(over, HISTORY_TRIM))
    for at = 1, #oldest, 2 do redis.call('DEL', job_key(oldest[at])) end
  end
end

local function set_due(member, at)
  redis.call('ZADD', key('due'), at, member)
  redis.call('HSET', member_key(member), 'next_due', at)
end

local function set_member_state(member, state)
  local before = redis.call('HGET', member_key(member), 'state')
  if before == state then return end
  if before then redis.call('HINCRBY', key('states'), before, -1) end
  redis.call('HINCRBY', key('states'), state, 1)
  redis.call('HSET', member_key(member), 'state', state)
end

-- Ends a job that is no longer running. outcome: done, dead, reconsent, cancelled. Every end of a
-- sync gives an active member its next due time, so that nobody is forgotten; other work leaves the
-- one that it has. The cursor goes: its link names the patient.
local function conclude(job, member, outcome, due_in)
  local facts = redis.call('HMGET', job_key(job), 'kind', 'window')
  forget(job, facts[1], member, facts[2])
  local history = outcome == 'dead' and 'dead' or 'done'
  redis.call('HDEL', job_key(job), 'cursor')
  redis.call('HSET', job_key(job), 'state', history, 'outcome', outcome, 'finished_at', now)
  into_history(history, job)
  if outcome == 'reconsent' then
    set_member_state(member, 'reconsent')
    redis.call('ZREM', key('due'), member)
  elseif redis.call('HGET', member_key(member), 'state') == 'active' then
    if facts[1] == 'sync' or not redis.call('ZSCORE', key('due'), member) then set_due(member, now + due_in) end
  end
  stand(member)
end

-- A job that was not written by us: set aside with a reason, so that it neither crashes a worker nor
-- holds its member up.
local function set_aside(job, member)
  local facts = redis.call('HMGET', job_key(job), 'kind', 'window')
  if member and facts[1] and facts[2] then forget(job, facts[1], member, facts[2]) end
  redis.call('HDEL', job_key(job), 'cursor')
  redis.call('HSET', job_key(job), 'state', 'dead', 'outcome', 'dead', 'finished_at', now, 'stage', 'intake',
    'code', 'malformed_job', 'detail', 'its hash was not written by claimferry; enqueue the work again')
  into_history('dead', job)
  if member then stand(member) end
end

-- Answers the job's id and 1 when it is new, 0 when one for the same work is alive.
local function enqueue(id, member, payer, kind, window, lane)
  local field = uniq_field(kind, member, window)
  local alive = redis.call('HGET', key('uniq'), field)
  if alive and is_live(alive) then return { alive, 0 } end
  redis.call('HSET', key('uniq'), field, id)
  redis.call('HSET', job_key(id), 'member', member, 'payer', payer, 'kind', kind, 'window', window,
    'lane', lane, 'enqueued_at', now, 'attempts', 0, 'stalls', 0, 'snoozes', 0)
  if kind == 'sync' then redis.call('HSET', member_key(member), 'live_sync', id) end
  make_ready(id, member, lane)
  return { id, 1 }
end

-- Random by the caller's seed; names no member.
local function job_id(seed, number) return string.sub(redis.sha1hex(seed .. ':' .. number), 1, 24) end

local refused = version_refused()
if refused then return refused end
