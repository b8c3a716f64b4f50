-- finish: version, job, member, fence, outcome, stage, code, detail, ms to the next due time, swept.
local job, member, outcome = ARGV[2], ARGV[3], ARGV[5]
if not holds(job, member, ARGV[4]) then return lease_lost() end
local facts = redis.call('HMGET', job_key(job), 'payer', 'kind', 'lane', 'renewed')
leave_running(job, member, facts[1])
if outcome == 'reconsent' and facts[4] then
  -- The member consented again while this job held the old tokens: it goes on with the new ones.
  make_ready(job, member, facts[3], true)
  return 1
end
if ARGV[7] ~= '' then redis.call('HSET', job_key(job), 'stage', ARGV[6], 'code', ARGV[7], 'detail', ARGV[8]) end
if outcome == 'done' and facts[2] == 'sync' then
  redis.call('ZADD', key('lastok'), now, member)
  if ARGV[10] == '1' then
    redis.call('HSET', member_key(member), 'last_ok', now, 'last_sweep', now)
  else
    redis.call('HSET', member_key(member), 'last_ok', now)
  end
  redis.call('HDEL', member_key(member), 'last_dead')
end
conclude(job, member, outcome, tonumber(ARGV[9]), true)
return 1
