-- erase: version, holder, term, seed. One bounded step for each of the first members that leave and whose time has
-- come: first their data key and tokens go, then what waits, then a worker erases the sink, at last what the queue
-- knows. Each look begins where the last one came to, and finds again what was lost. Answers {members looked at,
-- erased}.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local MEMBERS, READ_AT_ONCE = 10, 300
local LOOK_AGAIN = 60000 -- ms: whether its job is still there

local function look_in(member, ms) redis.call('ZADD', key('erase_at'), whole(now + ms), member) end
local function tell(member, erasure, step, ...)
  trail.add('erasure', 'step', step, 'member', member, 'command', erasure, ...)
end

local function leave_indexes(member, payer)
  redis.call('ZREM', due_key(payer), member)
  redis.call('ZREM', key('lastok'), member)
  redis.call('ZREM', key('consents'), member)
  keepalive.leave(payer, member)
  redis.call('HDEL', key('paused'), 'member:' .. member)
  redis.call('ZREM', key('resumes'), 'member:' .. member)
end

-- Answers whether all that waited is gone, but the erasure's own job. What runs is told by its worker.
local function end_waiting(member)
  local seen = 0
  for _, set in ipairs({ jobs_key(member), waits_key(member) }) do
    local some = redis.call('ZRANGE', set, 0, FEW / 2 - 1)
    seen = math.max(seen, #some)
    for _, job in ipairs(some) do
      local facts = redis.call('HMGET', job_key(job), 'kind', 'member')
      if facts[2] ~= member or not is_live(job) then
        redis.call('ZREM', set, job)
        leave_delayed(job, member)
      elseif facts[1] ~= 'erase' then
        redis.call('HSETNX', job_key(job), 'cancel', now_text)
        cancel_waiting(job, member)
      end
    end
  end
  return seen < FEW / 2
end

local function ensure_job(member, payer, number)
  local job = redis.call('HGET', key('uniq'), uniq_field('erase', member, 'sweep'))
  if not (job and is_live(job)) then
    enqueue(job_id(ARGV[4], number), member, payer, 'erase', 'sweep', 'urgent')
  end
  stand(member)
end

-- The member's ended jobs, out of a history that many share: a page a step, by the times of their ends. place: of the
-- last end that was seen, and how many of that instant. Answers where to go on, or nothing at the end.
local function forget_ended(history, member, place)
  local from, seen = string.match(place, '^(%S+) (%d+)$')
  local some = redis.call('ZRANGE', key(history), from, '+inf', 'BYSCORE', 'LIMIT', seen, READ_AT_ONCE, 'WITHSCORES')
  local last, kept = from, tonumber(seen)
  for at = 1, #some, 2 do
    if some[at + 1] ~= last then last, kept = some[at + 1], 0 end
    if redis.call('HGET', job_key(some[at]), 'member') == member then
      drop_ended(history, some[at])
    else
      kept = kept + 1
    end
  end
  return #some == 2 * READ_AT_ONCE and last .. ' ' .. kept or nil
end

-- What stays says that there was somebody, and from when on nobody.
local function bury(member, facts)
  set_member_state(member, 'erased')
  redis.call('DEL', member_key(member))
  redis.call('HSET', member_key(member), 'payer', facts.payer, 'state', 'erased', 'erased_at', now_text, 'erasure',
    facts.erasure, 'erase_fence', facts.erase_fence)
  if facts.record then redis.call('HSET', member_key(member), 'record', facts.record) end
  redis.call('ZREM', key('erasing'), member)
  redis.call('ZREM', key('erase_at'), member)
  redis.call('ZREM', key('ready_erase'), member)
  tell(member, facts.erasure, 'done', 'fence', facts.erase_fence, 'took_ms', whole(now - facts.since))
end

-- Answers whether the member is erased.
local function forget(member, facts)
  if not facts.forgetting then tell(member, facts.erasure, 'sink_erased', 'fence', facts.erase_fence) end
  local history, place = string.match(facts.forgetting or 'done -inf 0', '^(%l+) (.+)$')
  local further = forget_ended(history, member, place)
  if not further and history == 'dead' then
    bury(member, facts)
    return true
  end
  redis.call('HSET', member_key(member), 'forgetting', further and history .. ' ' .. further or 'dead -inf 0')
  look_in(member, 0)
  return false
end

local FACTS = { 'payer', 'state', 'erasure', 'erasing_since', 'key_destroyed_at', 'sink_erased_at', 'erase_fence',
  'forgetting', 'record' }
local function facts_of(member)
  local found = redis.call('HMGET', member_key(member), unpack(FACTS))
  local facts = {}
  for at, name in ipairs(FACTS) do facts[name] = found[at] or nil end
  facts.erasure = facts.erasure or ''
  facts.since = number_or_zero(facts.erasing_since)
  return facts
end

-- Answers whether the member is erased, and whether others may be looked at in the same call.
local function step(member, number)
  local facts = facts_of(member)
  if not facts.payer or facts.state == 'erased' then
    if not facts.payer then tell(member, facts.erasure, 'lost') end -- with its hash: nobody knows where to erase
    redis.call('DEL', tokens_key(member))
    redis.call('ZREM', key('erasing'), member)
    redis.call('ZREM', key('erase_at'), member)
    return false, true
  end
  if facts.state ~= 'erasing' and not redis.call('ZSCORE', key('erasing'), member) then
    redis.call('ZREM', key('erase_at'), member) -- nobody asked for it
    return false, true
  end
  -- A release that knows of no erasure may have said something else.
  set_member_state(member, 'erasing')
  destroy_keys(member, facts)
  leave_indexes(member, facts.payer)
  -- What the database of record does not know yet might be undone with Redis.
  if redis.call('ZSCORE', key('unrecorded'), member) then return false, true end
  if not end_waiting(member) then
    look_in(member, 0)
    return false, false
  end
  if facts.sink_erased_at and redis.call('EXISTS', jobs_key(member), waits_key(member)) == 0
    and redis.call('HEXISTS', key('busy'), member) == 0 then
    return forget(member, facts), true
  end
  redis.call('HDEL', member_key(member), 'sink_erased_at', 'forgetting')
  ensure_job(member, facts.payer, number)
  look_in(member, LOOK_AGAIN)
  return false, true
end

local erased = 0
local leaving = redis.call('ZRANGEBYSCORE', key('erase_at'), '-inf', now, 'LIMIT', 0, MEMBERS)
for number, member in ipairs(leaving) do
  look_in(member, LOOK_AGAIN) -- also where it fails: what one of them meets must not hold up the others
  local is_erased, has_room = step(member, number)
  if is_erased then erased = erased + 1 end
  if not has_room then break end
end
return { #leaving, erased }
