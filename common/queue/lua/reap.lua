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
    leave_running(job, member, payer, true)
  else
    redis.call('ZREM', key('running'), job)
  end
  set_aside(job, member)
  dead = dead + 1
end

local function take_back(job, member, facts)
  trail.lease_expired(job, member, facts)
  leave_running(job, member, facts.payer, facts.renewed)
  if facts.cancel then return end_cancelled(job, member) end
  local stalls = add(job_key(job), 'stalls', 1)
  if facts.kind == 'erase' and stalls > tonumber(ARGV[3]) then
    -- No erasure is given up: it comes back, ever more seldom.
    delay(job, member, whole(now + math.min(stalls * 10000, 900000)))
    stand(member)
    requeued = requeued + 1
    return
  end
  if stalls <= tonumber(ARGV[3]) then
    make_ready(job, member, facts.lane, false, facts.enqueued_at)
    requeued = requeued + 1
    return
  end
  conclude(job, member, facts, { outcome = 'dead', due_in = tonumber(ARGV[4]), stage = 'intake', code = 'poison',
    detail = 'its lease ran out again and again: look for crashes of the workers that held it' })
  dead = dead + 1
end

for _, job in ipairs(expired) do
  local facts = job_facts(job)
  if facts.member and facts.payer and LANE_RANK[facts.lane] then
    take_back(job, facts.member, facts)
  else
    set_aside_running(job, facts.member, facts.payer)
  end
end
return { requeued, dead }
