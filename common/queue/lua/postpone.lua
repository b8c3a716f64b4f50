-- postpone: version, job, member, fence, counter (attempts or snoozes), delay ms, stage, code, detail.
-- retry counts an attempt, snooze only itself; both come back by the promoter.
local job, member = ARGV[2], ARGV[3]
if not holds(job, member, ARGV[4]) then return lease_lost() end
local facts = redis.call('HMGET', job_key(job), 'payer', 'cancel')
leave_running(job, member, facts[1])
if facts[2] then
  end_cancelled(job, member)
  return 1
end
add(job_key(job), ARGV[5], 1)
redis.call('HSET', job_key(job), 'stage', ARGV[7], 'code', ARGV[8], 'detail', ARGV[9])
delay(job, member, now + tonumber(ARGV[6]))
stand(member, true)
return 1
