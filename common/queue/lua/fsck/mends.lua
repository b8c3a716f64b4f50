-- How fsck puts things right, by the moves that everything else is made of.
local ADOPTED_LEASE = 60000 -- ms: a worker that is at work prolongs it, one that is not is reaped
local LEASE_MAX = DAY

-- Out of every place but one.
local function leave_places(job, but)
  if but ~= 'running' then
    redis.call('ZREM', key('running'), job.id)
    if job.busy == job.id then redis.call('HDEL', key('busy'), job.member) end
  end
  if but ~= 'delayed' then leave_delayed(job.id, job.member) end
  if but ~= 'ready' and job.member then redis.call('ZREM', jobs_key(job.member), job.id) end
  for history in pairs(ENDED) do
    if but ~= history then redis.call('ZREM', key(history), job.id) end
  end
end

-- Where it truly stands, and nowhere else.
local function put(job, place)
  leave_places(job, place)
  if place == 'running' then
    local expires = job.at.running
    if not expires or expires > now + LEASE_MAX then
      redis.call('ZADD', key('running'), whole(now + ADOPTED_LEASE), job.id)
    end
    redis.call('HSET', key('busy'), job.member, job.id)
    redis.call('HSET', job_key(job.id), 'state', 'running')
  elseif place == 'delayed' then
    delay(job.id, job.member, whole(job.at.delayed or job.waits))
  elseif place == 'ready' then
    redis.call('HDEL', job_key(job.id), 'worker', 'renewed')
    if lane_of_score(job.at.ready) == job.lane then
      redis.call('HSET', job_key(job.id), 'state', 'ready')
    else
      make_ready(job.id, job.member, job.lane, false)
    end
  else
    redis.call('HSET', job_key(job.id), 'state', place)
    if not job.at[place] then into_history(place, job.id) end
  end
  if job.member then stand(job.member) end
end

-- A live job that cannot be carried out: kept among the dead letters, with the reason.
local function bury(job, code, detail)
  leave_places(job, nil)
  redis.call('ZREM', key('reruns'), job.id)
  set_aside(job.id, job.member)
  redis.call('HSET', job_key(job.id), 'code', code, 'detail', detail)
  if job.batch then count_for_batch(job.batch, job.id, 'dead') end
end

-- What a live job must say, where it does not: {field = what it is to say}. Of work whose bounds are lost
-- all is pulled: nothing is missed, and what is known already changes nothing.
local function lacking(job, payer)
  local lost = {}
  local function must(field, fits, value) if not fits then lost[field] = value end end
  must('kind', job.kind, job.lane == 'backfill' and 'backfill' or 'sync')
  must('window', job.window, 'sweep')
  local usual = (job.kind or lost.kind) == 'backfill' and 'backfill' or 'routine'
  must('lane', LANE_RANK[job.lane or ''], lane_of_score(job.at.ready) or usual)
  must('payer', job.payer == payer, payer)
  must('enqueued_at', digits(job.enqueued_at), whole(now))
  for _, field in ipairs({ 'attempts', 'stalls', 'snoozes' }) do must(field, digits(job[field] or '0'), '0') end
  return lost
end
local function say(job, lost)
  for field, value in pairs(lost) do
    redis.call('HSET', job_key(job.id), field, value)
    job[field] = value
  end
end
local function names_of(lost)
  local names = {}
  for field in pairs(lost) do names[#names + 1] = field end
  table.sort(names)
  return #names > 0 and table.concat(names, ', ') or nil
end

-- A member whose hash is lost and who still has tokens: who is due has consented, of others nobody knows.
local function can_restore(member) return redis.call('HEXISTS', tokens_key(member), 'refresh_token') == 1 end
local function restore_member(member, payer)
  local state = redis.call('ZSCORE', due_key(payer), member) and 'active' or 'reconsent'
  redis.call('HSETNX', member_key(member), 'added_at', now)
  redis.call('HSETNX', member_key(member), 'payer', payer)
  redis.call('HSETNX', member_key(member), 'state', state)
end
