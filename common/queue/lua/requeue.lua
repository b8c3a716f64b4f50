-- requeue: version, job, member, fence. At once, nothing counted: a worker is stopping.
local job, member = ARGV[2], ARGV[3]
if not holds(job, member, ARGV[4]) then return lease_lost() end
local facts = redis.call('HMGET', job_key(job), 'payer', 'lane', 'cancel', 'enqueued_at')
leave_running(job, member, facts[1])
if facts[3] then
  end_cancelled(job, member)
else
  make_ready(job, member, facts[2], true, facts[4])
end
return 1
