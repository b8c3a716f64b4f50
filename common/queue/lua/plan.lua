-- plan: version, holder, term, count, queue ahead max, sweep interval ms, window since (a date), retry
-- in ms, seed. Answers {planned, already queued, queue full, more due}.
--
-- Each payer has its own due times and its own room ahead: one that is blocked or paused fills its own
-- and costs the others nothing.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local count, ahead_max = tonumber(ARGV[4]), tonumber(ARGV[5])
local sweep_after, retry_in = tonumber(ARGV[6]), tonumber(ARGV[8])
local planned, known, full, more = 0, 0, 0, 0
local members_paused = redis.call('HLEN', key('paused')) > 0

local function plan_one(payer, member)
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state', 'last_sweep')
  if facts[2] ~= 'active' or facts[1] ~= payer then
    redis.call('ZREM', due_key(payer), member)
    return
  end
  set_due(payer, member, now + retry_in)
  if members_paused and paused('member:' .. member) then
    -- Its job would only fill the room ahead; tidy.lua makes it due when the pause ends.
    redis.call('HSET', member_key(member), 'held', 1)
    return
  end
  -- One sync a member at a time: the window's text changes from day to day, so `uniq` alone would let a
  -- member whose sync does not end gather one a day.
  local is_new = 0
  if not live_sync(member) then
    local window = now - number_or_zero(facts[3]) >= sweep_after and 'sweep' or ARGV[7] .. '..'
    is_new = enqueue(job_id(ARGV[9], planned + known), member, payer, 'sync', window, 'routine')[2]
  end
  planned = planned + is_new
  known = known + 1 - is_new
end

-- Tokens that nobody used for long are refreshed once, also those of a member that is paused.
local function keep_alive(payer, member)
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
  if facts[2] ~= 'active' or facts[1] ~= payer then
    keepalive.leave(payer, member)
    return
  end
  -- The refresh itself says when the next one is due.
  redis.call('ZADD', keepalive.key(payer), whole(now + retry_in), member)
  local seed = job_id(ARGV[9], 'keepalive')
  local is_new = enqueue(job_id(seed, planned + known), member, payer, 'keepalive', 'sweep', 'routine')[2]
  planned = planned + is_new
  known = known + 1 - is_new
end

-- Before the payer's syncs, whose number may fill its room for days: those who are idle are few.
local function keep_idle_alive(payer, room)
  if paused('all') or paused('lane:routine') or paused('payer:' .. payer) then return 0 end
  local idle = redis.call('ZRANGEBYSCORE', keepalive.key(payer), '-inf', now, 'LIMIT', 0, math.ceil(room / 2))
  for _, member in ipairs(idle) do keep_alive(payer, member) end
  return #idle
end

local payers = redis.call('SMEMBERS', key('payers'))
table.sort(payers)
local left = count
for step = 0, #payers - 1 do
  -- Another payer first each time.
  local payer = payers[(math.floor(now / 7) + step) % #payers + 1]
  grants.take_back(payer, 10)
  local ahead = ahead_max - live(payer, 'routine')
  local room = math.min(math.ceil(left / (#payers - step)), ahead)
  if room > 0 then
    local idle = keep_idle_alive(payer, room)
    left, room, ahead = left - idle, room - idle, ahead - idle
  end
  if room > 0 then
    local due = redis.call('ZRANGEBYSCORE', due_key(payer), '-inf', now, 'LIMIT', 0, room)
    for _, member in ipairs(due) do plan_one(payer, member) end
    left = left - #due
    if #due == room and room < ahead then more = 1 end
  elseif redis.call('ZCOUNT', due_key(payer), '-inf', now) > 0 then
    full = 1
  end
end
return { planned, known, full, more }
