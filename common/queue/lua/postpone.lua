-- postpone: version, job, member, fence, counter (attempts or snoozes), delay ms, stage, code, detail.
-- retry counts an attempt, snooze only itself; both come back by the promoter.
local job, member = ARGV[2], ARGV[3]
local facts = held_facts(job, member, ARGV[4])
if not facts then return lease_lost() end
leave_running(job, member, facts.payer, facts.renewed)
if facts.cancel then
  end_cancelled(job, member)
  return 1
end
add(job_key(job), ARGV[5], 1)
redis.call('HSET', job_key(job), 'stage', ARGV[7], 'code', ARGV[8], 'detail', ARGV[9])
delay(job, member, now + tonumber(ARGV[6]))
stand(member, true)
return 1
