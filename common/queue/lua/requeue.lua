-- requeue: version, job, member, fence. At once, nothing counted: a worker is stopping.
local job, member = ARGV[2], ARGV[3]
local facts = held_facts(job, member, ARGV[4])
if not facts then return lease_lost() end
leave_running(job, member, facts.payer, facts.renewed)
if facts.cancel then
  end_cancelled(job, member)
else
  make_ready(job, member, facts.lane, true, facts.enqueued_at)
end
return 1
