-- postpone: version, job, member, fence, counter (attempts or snoozes), delay ms, stage, code, detail,
-- and what was pulled under this lease (finish.lua). retry counts an attempt, snooze only itself; both come back by
-- the promoter.
local job, member = ARGV[2], ARGV[3]
local facts = held_facts(job, member, ARGV[4])
if not facts then return lease_lost() end
leave_running(job, member, facts.payer, facts.renewed)
trail.refresh_failed(job, member, facts, ARGV[7], ARGV[8])
if facts.cancel then
  end_cancelled(job, member, { unpack(ARGV, 10) })
  return 1
end
trail.put_back(job, member, facts, { unpack(ARGV, 10) }, ARGV[8])
add(job_key(job), ARGV[5], 1)
redis.call('HSET', job_key(job), 'stage', ARGV[7], 'code', ARGV[8], 'detail', ARGV[9])
delay(job, member, now + tonumber(ARGV[6]))
stand(member, true)
return 1
