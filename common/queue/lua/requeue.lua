-- requeue: version, job, member, fence, and what was pulled under this lease (finish.lua). At once, nothing counted:
-- a worker is stopping.
local job, member = ARGV[2], ARGV[3]
local facts = held_facts(job, member, ARGV[4])
if not facts then return lease_lost() end
leave_running(job, member, facts.payer, facts.renewed)
if facts.cancel then
  end_cancelled(job, member, { unpack(ARGV, 5) })
else
  trail.put_back(job, member, facts, { unpack(ARGV, 5) }, 'drained')
  make_ready(job, member, facts.lane, true, facts.enqueued_at)
end
return 1
