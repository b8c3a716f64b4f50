-- heartbeat: version, lease ms, then job, member, fence, again and again. Answers {lost, cancel}.
local expires = now + tonumber(ARGV[2])
local lost, cancel = {}, {}
for at = 3, #ARGV, 3 do
  local job, member, fence = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if holds(job, member, fence) then
    redis.call('ZADD', key('running'), 'XX', expires, job)
    if redis.call('HEXISTS', job_key(job), 'cancel') == 1 then cancel[#cancel + 1] = job end
  else
    lost[#lost + 1] = job
  end
end
return { lost, cancel }
