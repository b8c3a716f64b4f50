-- plan: version, count, queue ahead max, sweep interval ms, window since (a date), retry in ms, seed.
-- Answers {planned, already queued, queue full, more due}.
local count, ahead_max, retry_in = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[6])
local waiting = 0
for _, payer in ipairs(redis.call('SMEMBERS', key('payers'))) do
  waiting = waiting + redis.call('ZCARD', ready_key(payer, 'routine'))
end
local room = math.min(count, ahead_max - waiting)
if room <= 0 then return { 0, 0, 1, redis.call('ZCOUNT', key('due'), '-inf', now) > 0 and 1 or 0 } end

local planned, known = 0, 0
local due = redis.call('ZRANGEBYSCORE', key('due'), '-inf', now, 'LIMIT', 0, room)
for number, member in ipairs(due) do
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state', 'last_sweep')
  if facts[2] ~= 'active' then
    redis.call('ZREM', key('due'), member)
  elseif live_sync(member) then
    -- One sync a member at a time: the window's text changes from day to day, so `uniq` alone would
    -- let a member whose sync does not end gather one a day.
    known = known + 1
    set_due(member, now + retry_in)
  else
    local swept = tonumber(facts[3] or '0')
    local window = now - swept >= tonumber(ARGV[4]) and 'sweep' or ARGV[5] .. '..'
    local answer = enqueue(job_id(ARGV[7], number), member, facts[1], 'sync', window, 'routine')
    planned = planned + answer[2]
    known = known + 1 - answer[2]
    set_due(member, now + retry_in)
  end
end
return { planned, known, 0, #due == room and 1 or 0 }
