-- reap: version, count, stalls max, ms to the next due time. Jobs whose lease ran out are runnable
-- again; one that keeps taking its workers down is poison. Answers {requeued, dead}.
local expired = redis.call('ZRANGEBYSCORE', key('running'), '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))
-- A lease that ends further ahead than any may was given by a clock that was set back since.
local LEASE_MAX = 900000
local far = redis.call('ZRANGEBYSCORE', key('running'), now + LEASE_MAX, '+inf', 'LIMIT', 0, tonumber(ARGV[2]))
for _, job in ipairs(far) do
  if #expired < tonumber(ARGV[2]) then expired[#expired + 1] = job end
end
local requeued, dead = 0, 0

local function set_aside_running(job, member, payer)
  if member and payer then
    leave_running(job, member, payer)
  else
    redis.call('ZREM', key('running'), job)
  end
  set_aside(job, member)
  dead = dead + 1
end

local function take_back(job, member, facts)
  leave_running(job, member, facts[2])
  if facts[4] then return end_cancelled(job, member) end
  if add(job_key(job), 'stalls', 1) <= tonumber(ARGV[3]) then
    make_ready(job, member, facts[3], false, facts[5])
    requeued = requeued + 1
    return
  end
  redis.call('HSET', job_key(job), 'stage', 'intake', 'code', 'poison',
    'detail', 'its lease ran out again and again: look for crashes of the workers that held it')
  conclude(job, member, 'dead', tonumber(ARGV[4]))
  dead = dead + 1
end

for _, job in ipairs(expired) do
  local facts = redis.call('HMGET', job_key(job), 'member', 'payer', 'lane', 'cancel', 'enqueued_at')
  if facts[1] and facts[2] and LANE_RANK[facts[3]] then
    take_back(job, facts[1], facts)
  else
    set_aside_running(job, facts[1], facts[2])
  end
end
return { requeued, dead }
