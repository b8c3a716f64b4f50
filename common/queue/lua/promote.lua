-- promote: version, holder, term, count. Delayed jobs whose time has come become runnable. Answers how
-- many.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local ripe = redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', now, 'LIMIT', 0, tonumber(ARGV[4]))
for _, job in ipairs(ripe) do
  local facts = redis.call('HMGET', job_key(job), 'member', 'lane')
  leave_delayed(job, facts[1])
  if facts[1] and LANE_RANK[facts[2]] then make_ready(job, facts[1], facts[2]) else set_aside(job, facts[1]) end
end
return #ripe
