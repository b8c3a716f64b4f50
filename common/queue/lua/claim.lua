-- claim: version, worker, count, lease ms, then payer and its cap, again and again.
-- Answers {leases, ms until something becomes runnable or -1, jobs set aside as malformed}; a lease
-- is a flat list of 13.
--
-- Lanes go in order, but none starves: a lane that has work and was passed over so many times goes
-- next, and sooner when its first member has waited for long. So a backfill of a million members
-- takes at most one claim in ten (in five when it is old) from those who came for less.
local PATIENCE = { routine = 4, backfill = 9 }
local AGED = { routine = 3600000, backfill = 6 * 3600000 } -- ms
local PATIENCE_AGED = { routine = 1, backfill = 4 }
local FETCH = 16
local BLOCKED_MAX = 2 * 3600000

local worker, count, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local expires = whole(now + lease)
local leases, malformed = {}, {}
local next_in = -1

local function sooner(ms) if ms > 0 and (next_in < 0 or ms < next_in) then next_in = ms end end

local members_paused = redis.call('HLEN', key('paused')) > 0

-- What is written once for all leases of a call, at its end.
local fence_before = number_or_zero(redis.call('GET', key('fence')))
local fence_now = fence_before
local running, loads = {}, {}

-- Who was claimed still stands in the ready set, until the whole call's are taken out at once.
local taken = {}
local function take_out()
  for ready, members in pairs(taken) do redis.call('ZREM', ready, unpack(members)) end
  taken = {}
end
local function stands_no_longer(ready, member)
  local members = taken[ready] or {}
  members[#members + 1] = member
  taken[ready] = members
end

-- The member's first job, taken out of its runnable ones. Its key may be of a type that is not ours: that stops
-- nobody else.
local function first_job(member, payer)
  if payer and members_paused and paused('member:' .. member) then
    local kept = keepalive.runnable(member)
    if kept[1] then redis.call('ZREM', jobs_key(member), kept[1]) end
    return kept[1], kept[2]
  end
  local first = redis.pcall('ZPOPMIN', jobs_key(member))
  return first[1], first[2]
end

-- Until the scheduler has seen to it, a member that leaves stands where it stood.
local anyone_leaves = redis.call('ZCARD', key('erasing')) > 0
local function must_end(member, kind)
  return anyone_leaves and kind ~= 'erase' and redis.call('ZSCORE', key('erasing'), member)
end

-- payer: nothing for an erasure, which may be of any.
local function take(member, ready, payer)
  local job, score = first_job(member, payer)
  if not job then
    redis.call('ZREM', ready, member)
    return
  end
  local facts = redis.call('HMGET', job_key(job), 'payer', 'kind', 'lane', 'window', 'enqueued_at', 'cursor',
    'attempts', 'stalls', 'snoozes', 'cancel')
  if redis.call('HSETNX', key('busy'), member, job) == 0 then -- it should not have stood here
    redis.call('ZADD', jobs_key(member), score, job)
    redis.call('ZREM', ready, member)
    return
  end
  payer = payer or facts[1]
  local whole_job = facts[1] == payer
  for at = 1, 5 do whole_job = whole_job and facts[at] end
  if not whole_job then
    redis.call('HDEL', key('busy'), member)
    redis.call('ZREM', ready, member)
    redis.call('HSET', job_key(job), 'member', member)
    set_aside(job, member)
    malformed[#malformed + 1] = job
    return
  end
  if must_end(member, facts[2]) then facts[10] = now_text end
  if facts[10] then
    redis.call('HDEL', key('busy'), member)
    redis.call('ZREM', ready, member)
    return end_cancelled(job, member)
  end
  if facts[6] == '' then facts[6] = redis.call('GET', cursor_key(job)) end
  fence_now = math.max(fence_now + 1, now_us)
  local fence = whole(fence_now)
  redis.call('HSET', job_key(job), 'state', 'running', 'fence', fence, 'worker', worker, 'claimed_at', now_text)
  stands_no_longer(ready, member)
  running[#running + 1] = expires
  running[#running + 1] = job
  loads[payer] = (loads[payer] or 0) + 1
  leases[#leases + 1] = { job, member, fence, payer, facts[2], facts[3], facts[4], facts[6] or '', facts[5],
    expires, facts[7] or '0', facts[8] or '0', facts[9] or '0' }
end

-- The payers that may be worked for now, each with the claims it has room for; another one first
-- each time, so that none is always last.
local function open_payers(pauses)
  local open = {}
  local number = (#ARGV - 4) / 2
  local first = number > 0 and fence_before % number or 0
  for step = 0, number - 1 do
    local at = 5 + ((first + step) % number) * 2
    local payer, cap = ARGV[at], tonumber(ARGV[at + 1])
    local blocked = number_or_zero(redis.call('HGET', quota_key(payer), 'blocked_until')) - now
    if blocked > BLOCKED_MAX then blocked = 0 end -- nobody asks for so long: a clock was set back
    sooner(blocked)
    local load = number_or_zero(redis.call('HGET', key('load'), payer))
    if blocked <= 0 and load < cap and not pauses('payer:' .. payer) then
      open[#open + 1] = { name = payer, room = cap - load }
    end
  end
  return open
end

-- One lane over all open payers: whose turn it is, and who is next. Members are fetched few at a
-- time: those who were taken no longer stand there.
local function lane_of(name, payers)
  local lane = { name = name, turn = 0, heads = {} }
  function lane.head()
    for step = 0, #payers - 1 do
      local number = (lane.turn + step) % #payers + 1
      local payer = payers[number]
      local heads = lane.heads[number]
      if heads == nil or (heads ~= false and heads.at > #heads) then
        heads = false
        if payer.room > 0 and (lane.heads[number] == nil or lane.heads[number].full) then
          take_out()
          heads = redis.call('ZRANGE', ready_key(payer.name, name), 0, FETCH - 1, 'WITHSCORES')
          heads.at, heads.full = 1, #heads == 2 * FETCH
          if #heads == 0 then heads = false end
        end
        lane.heads[number] = heads
      end
      if heads and payer.room > 0 then return payer, heads[heads.at], tonumber(heads[heads.at + 1]), number end
    end
  end
  return lane
end

-- Which lane goes next: the lowest whose patience is at an end, else the highest that has work.
local function next_lane(lanes, passed)
  local chosen
  for at = #lanes, 1, -1 do
    local lane = lanes[at]
    local payer, _, since = lane.head()
    lane.has_work = payer ~= nil
    if payer then
      local patience = PATIENCE[lane.name]
      if patience and now - since > AGED[lane.name] then patience = PATIENCE_AGED[lane.name] end
      if not (chosen and chosen.impatient) then
        chosen = lane
        lane.impatient = patience and (passed[lane.name] or 0) >= patience
      end
    end
  end
  return chosen
end

-- They ask nothing of a payer: no payer's pause, quiet or cap holds one up, nor a lane's or a member's.
local function claim_erasures()
  if not anyone_leaves or count < 1 then return end
  for _, member in ipairs(redis.call('ZRANGE', key('ready_erase'), 0, count - 1)) do
    take(member, key('ready_erase'))
  end
end

local function claim(pauses)
  claim_erasures()
  local payers = open_payers(pauses)
  local lanes = {}
  for _, name in ipairs(LANES) do
    if not pauses('lane:' .. name) then lanes[#lanes + 1] = lane_of(name, payers) end
  end
  local was = redis.call('HMGET', key('passed'), 'routine', 'backfill')
  local passed = { routine = number_or_zero(was[1]), backfill = number_or_zero(was[2]) }
  for _ = 1, MOST do
    local lane = #leases < count and next_lane(lanes, passed)
    if not lane then break end
    local payer, member, _, number = lane.head()
    lane.heads[number].at = lane.heads[number].at + 2
    lane.turn = number
    local before = #leases
    take(member, ready_key(payer.name, lane.name), payer.name)
    if #leases > before then
      payer.room = payer.room - 1
      passed[lane.name] = 0
      for _, other in ipairs(lanes) do
        if other.has_work and LANE_RANK[other.name] > LANE_RANK[lane.name] then
          passed[other.name] = passed[other.name] + 1
        end
      end
    end
    for _, other in ipairs(lanes) do
      other.impatient = nil
      -- Nothing came of it: the member may stand elsewhere now, with its next job.
      if #leases == before then other.heads[number] = nil end
    end
  end
  take_out()
  if #running > 0 then
    redis.call('ZADD', key('running'), unpack(running))
    redis.call('SET', key('fence'), whole(fence_now))
    for payer, number in pairs(loads) do add(key('load'), payer, number) end
  end
  if passed.routine ~= number_or_zero(was[1]) or passed.backfill ~= number_or_zero(was[2]) then
    redis.call('HSET', key('passed'), 'routine', passed.routine, 'backfill', passed.backfill)
  end
end

-- Every pause but those of single members, in one look.
local function read_pauses()
  if not members_paused then return function() return false end end
  local scopes = { 'all', 'lane:urgent', 'lane:routine', 'lane:backfill' }
  for at = 5, #ARGV, 2 do scopes[#scopes + 1] = 'payer:' .. ARGV[at] end
  local found = redis.call('HMGET', key('paused'), unpack(scopes))
  local pauses = {}
  for at, scope in ipairs(scopes) do
    pauses[scope] = in_force(found[at] or nil)
    if pauses[scope] and tonumber(found[at]) > 0 then sooner(tonumber(found[at]) - now) end
  end
  return function(scope) return pauses[scope] end
end

local pauses = read_pauses()
redis.call('ZADD', key('workers'), now_text, worker) -- it lives, whether it finds work or not
if not pauses('all') then claim(pauses) end

if #leases == 0 then
  local soonest = redis.call('ZRANGE', key('delayed'), 0, 0, 'WITHSCORES')
  if soonest[2] then sooner(math.max(1, tonumber(soonest[2]) - now)) end
end
return { leases, next_in, malformed }
