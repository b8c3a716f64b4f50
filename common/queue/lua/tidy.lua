-- tidy: version, holder, term, count. What time alone makes true: pauses that ended, history that grew
-- too old, runs that were asked for and whose job another release ended. Answers {pauses ended, ended
-- jobs dropped, runs}.
local KEPT = { dead = 90 * DAY, done = 7 * DAY }
local SILENT = DAY -- ms: a worker that asked for no work for so long is forgotten
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local count = tonumber(ARGV[4])
local resumed, dropped, runs = 0, 0, 0

for _, scope in ipairs(redis.call('ZRANGEBYSCORE', key('resumes'), '-inf', now, 'LIMIT', 0, count)) do
  local untill = redis.call('HGET', key('paused'), scope)
  if in_force(untill) then
    if tonumber(untill) == 0 then
      redis.call('ZREM', key('resumes'), scope)
    else
      redis.call('ZADD', key('resumes'), untill, scope)
    end
  else
    redis.call('HDEL', key('paused'), scope)
    redis.call('ZREM', key('resumes'), scope)
    local member = string.match(scope, '^member:(.*)$')
    if member then
      local facts = redis.call('HMGET', member_key(member), 'payer', 'held')
      if facts[1] and facts[2] then
        redis.call('HDEL', member_key(member), 'held')
        set_due(facts[1], member, now)
      end
      stand(member)
    end
    resumed = resumed + 1
  end
end

for history, kept in pairs(KEPT) do
  local old = redis.call('ZRANGEBYSCORE', key(history), '-inf', now - kept, 'LIMIT', 0, count)
  for _, job in ipairs(old) do drop_ended(history, job) end
  if #old > 0 then redis.call('HINCRBY', key('counters'), history .. '_dropped', #old) end
  dropped = dropped + #old
end

local silent = redis.call('ZRANGEBYSCORE', key('workers'), '-inf', now - SILENT, 'LIMIT', 0, count)
if #silent > 0 then redis.call('ZREM', key('workers'), unpack(silent)) end

for _, job in ipairs(redis.call('ZRANGE', key('reruns'), 0, count - 1)) do
  if is_live(job) then
    redis.call('ZADD', key('reruns'), now, job) -- to the end: others are looked at, too
  else
    local facts = redis.call('HMGET', job_key(job), 'member', 'payer', 'kind', 'window', 'rerun')
    if facts[1] and facts[2] and facts[3] and facts[4] and LANE_RANK[facts[5]] then
      run_again(job, facts[1], facts[2], facts[3], facts[4], facts[5])
      runs = runs + 1
    else
      redis.call('ZREM', key('reruns'), job)
    end
  end
end
return { resumed, dropped, runs }
