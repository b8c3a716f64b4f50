-- claim: version, worker, count, lease ms, then payer and its cap, again and again.
-- Answers {leases, ms until something becomes runnable or -1, jobs set aside as malformed}; a lease
-- is a flat list of 13.
local worker, count, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local expires = now + lease
local leases, malformed = {}, {}
local next_in = -1

local function sooner(ms) if ms > 0 and (next_in < 0 or ms < next_in) then next_in = ms end end

local function leave_ready(member, payer)
  for _, lane in ipairs(LANES) do redis.call('ZREM', ready_key(payer, lane), member) end
end

local function take(member, payer)
  local best = redis.call('ZRANGE', jobs_key(member), 0, 0)
  local job = best[1]
  if not job then return leave_ready(member, payer) end
  local facts = redis.call('HMGET', job_key(job), 'payer', 'kind', 'lane', 'window', 'cursor', 'enqueued_at',
    'attempts', 'stalls', 'snoozes')
  redis.call('ZREM', jobs_key(member), job)
  local whole_job = facts[1] == payer
  for at = 1, 9 do whole_job = whole_job and (facts[at] or at == 5) end -- it may have no cursor
  if not whole_job then
    leave_ready(member, payer)
    redis.call('HSET', job_key(job), 'member', member)
    set_aside(job, member)
    malformed[#malformed + 1] = job
    return
  end
  local fence = next_fence()
  redis.call('HSET', job_key(job), 'state', 'running', 'fence', fence, 'worker', worker, 'claimed_at', now)
  redis.call('ZADD', key('running'), expires, job)
  redis.call('HSET', key('busy'), member, job)
  redis.call('HINCRBY', key('load'), facts[1], 1)
  stand(member)
  leases[#leases + 1] = { job, member, fence, facts[1], facts[2], facts[3], facts[4], facts[5] or '', facts[6],
    whole(expires), facts[7], facts[8], facts[9] }
end

local function room(payer, cap)
  return math.min(count - #leases, cap - tonumber(redis.call('HGET', key('load'), payer) or '0'))
end

local function blocked_for(payer)
  return tonumber(redis.call('HGET', quota_key(payer), 'blocked_until') or '0') - now
end

if not paused('all') then
  local payers = (#ARGV - 4) / 2
  -- Another payer first each time, so that none is always last.
  local first = payers > 0 and tonumber(redis.call('GET', key('fence')) or '0') % payers or 0
  for _, lane in ipairs(LANES) do
    for step = 0, payers - 1 do
      local at = 5 + ((first + step) % payers) * 2
      local payer, cap = ARGV[at], tonumber(ARGV[at + 1])
      local blocked = blocked_for(payer)
      sooner(blocked)
      if blocked <= 0 and not paused('payer:' .. payer) and not paused('lane:' .. lane) then
        local free = room(payer, cap)
        if free > 0 then
          for _, member in ipairs(redis.call('ZRANGE', ready_key(payer, lane), 0, free - 1)) do take(member, payer) end
        end
      end
    end
  end
end

local soonest = redis.call('ZRANGE', key('delayed'), 0, 0, 'WITHSCORES')
if soonest[2] then sooner(math.max(1, tonumber(soonest[2]) - now)) end
return { leases, next_in, malformed }
