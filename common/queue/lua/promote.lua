-- promote: version, count. Delayed jobs whose time has come become runnable. Answers how many.
local ripe = redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))
for _, job in ipairs(ripe) do
  redis.call('ZREM', key('delayed'), job)
  local facts = redis.call('HMGET', job_key(job), 'member', 'lane')
  if facts[1] and LANE_RANK[facts[2]] then make_ready(job, facts[1], facts[2]) else set_aside(job, facts[1]) end
end
return #ripe
