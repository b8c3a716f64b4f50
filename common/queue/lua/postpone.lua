-- postpone: version, job, member, fence, counter (attempts or snoozes), delay ms, stage, code, detail.
-- retry counts an attempt, snooze only itself; both come back by the promoter.
local job, member = ARGV[2], ARGV[3]
if not holds(job, member, ARGV[4]) then return lease_lost() end
leave_running(job, member, redis.call('HGET', job_key(job), 'payer'))
redis.call('HINCRBY', job_key(job), ARGV[5], 1)
redis.call('HSET', job_key(job), 'state', 'delayed', 'stage', ARGV[7], 'code', ARGV[8], 'detail', ARGV[9])
redis.call('ZADD', key('delayed'), now + tonumber(ARGV[6]), job)
stand(member)
return 1
