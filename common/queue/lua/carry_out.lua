-- carry_out: version, holder, term, seed. One step of the first of `commands`: what operators' functions
-- may not do themselves. A long one stays first until it is through. Answers {1 when there was one,
-- 1 when it was refused}.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local seed = ARGV[4]
local first = redis.call('XRANGE', key('commands'), '-', '+', 'COUNT', 1)[1]
if not first then return { 0, 0 } end
local id, words = first[1], {}
for at = 1, #first[2], 2 do words[first[2][at]] = first[2][at + 1] end
local progress = key('command:' .. id)
local function came(field, by) return redis.call('HINCRBY', progress, field, by) end

-- of: the member in whose sets it was found. One that ended, or is lost with its hash, must not stay there.
local function cancel_job(job, of)
  local member = redis.call('HGET', job_key(job), 'member')
  if not (member and is_live(job)) then
    if of then
      redis.call('ZREM', jobs_key(of), job)
      leave_delayed(job, of)
    end
    return came('refused', 1)
  end
  redis.call('HSETNX', job_key(job), 'cancel', now)
  cancel_waiting(job, member)
  came('done', 1)
end

local function replay(job, number)
  local facts = redis.call('HMGET', job_key(job), 'member', 'kind', 'window', 'lane')
  local member = facts[1] and redis.call('HMGET', member_key(facts[1]), 'payer', 'state')
  local is_whole = facts[2] and facts[3] and LANE_RANK[facts[4]]
  if not (is_whole and member and member[2] == 'active') then return false end
  -- One sync a member at a time, whatever its window.
  if facts[2] ~= 'sync' or not live_sync(facts[1]) then
    enqueue(job_id(seed, number), facts[1], member[1], facts[2], facts[3], facts[4])
  end
  drop_ended('dead', job)
  return true
end
local function drop(job)
  drop_ended('dead', job)
  redis.call('HINCRBY', key('counters'), 'dead_dropped', 1)
  return true
end

-- Dead letters from the youngest down: new ones come above where it began, and history is trimmed at the
-- other end, so that those which stay are passed over by their number.
local function each_dead(act)
  if words.job then
    local acted = redis.call('ZSCORE', key('dead'), words.job) and act(words.job, 0)
    came(acted and 'done' or 'refused', 1)
    return true
  end
  local skip = tonumber(redis.call('HGET', progress, 'skip') or '0')
  local some = redis.call('ZRANGE', key('dead'), words.upto, '-inf', 'BYSCORE', 'REV', 'LIMIT', skip, FEW)
  for number, job in ipairs(some) do
    local facts = redis.call('HMGET', job_key(job), 'payer', 'code')
    local wanted = (not words.payer or facts[1] == words.payer) and (not words.code or facts[2] == words.code)
    if wanted and act(job, number) then
      came('done', 1)
    else
      came('skip', 1)
      if wanted then came('refused', 1) end
    end
  end
  return #some < FEW
end

local steps = {
  stand = function()
    stand(words.member)
    return true
  end,
  cancel = function()
    if words.job then
      cancel_job(words.job)
      return true
    end
    local busy = redis.call('HGET', key('busy'), words.member)
    if busy and redis.call('HSETNX', progress, 'busy', busy) == 1 then cancel_job(busy) end
    local some = redis.call('ZRANGE', jobs_key(words.member), 0, MOST / 2 - 1)
    local later = redis.call('ZRANGE', waits_key(words.member), 0, MOST / 2 - 1)
    for _, job in ipairs(some) do cancel_job(job, words.member) end
    for _, job in ipairs(later) do cancel_job(job, words.member) end
    if math.max(#some, #later) == MOST / 2 then return false end
    stand(words.member)
    return true
  end,
  end_parked = function()
    if redis.call('HGET', member_key(words.member), 'state') ~= 'reconsent' then return true end
    return end_parked(words.member) < FEW / 2
  end,
  replay = function() return each_dead(replay) end,
  drop = function() return each_dead(drop) end,
}

local function is_whole()
  if not steps[words.cmd or ''] then return false end
  if words.cmd == 'stand' or words.cmd == 'end_parked' then return words.member end
  if words.cmd == 'cancel' then return words.job or words.member end
  return words.job or tonumber(words.upto)
end

local function ended(refused)
  if words.cmd ~= 'stand' and words.cmd ~= 'end_parked' then
    local came_to = redis.call('HMGET', progress, 'done', 'refused')
    trail.add('command_carried_out', 'cmd', words.cmd or '', 'command', id, 'done', came_to[1] or 0, 'refused',
      came_to[2] or 0)
  end
  redis.call('DEL', progress)
  redis.call('XDEL', key('commands'), id)
  return { 1, refused }
end

local function refuse(reason)
  redis.pcall('XADD', key('rejected'), 'MAXLEN', '~', REJECTED_MAX, '*', 'command', id, 'reason', reason)
  return ended(1)
end

if not is_whole() then return refuse('BAD_COMMAND it was not written by a cf_ function') end
local fine, through = pcall(steps[words.cmd])
if not fine then
  return refuse('FAILED ' .. string.sub(type(through) == 'table' and through.err or tostring(through), 1, 200))
end
if through then return ended(0) end
return { 1, 0 }
