-- stats: version, then freshness bounds in ms. Answers {names and counts, states and counts, counts of
-- members at most so stale by bound, members with a success, payers and 1 where refreshing is stopped,
-- spans and members whose consent ends within, days and members whose consent lasts at most so long, payers with the
-- thousandths of requests a second that they grant (0: no limit is known), 1 where they are left alone, and their jobs
-- that no pause holds back}.
local counts = {}
local function count(name, number)
  counts[#counts + 1] = name
  counts[#counts + 1] = number
end
local payers = redis.call('SMEMBERS', key('payers'))
for _, lane in ipairs(LANES) do
  local waiting, since = 0, now
  for _, payer in ipairs(payers) do
    waiting = waiting + redis.call('ZCARD', ready_key(payer, lane))
    local first = redis.call('ZRANGE', ready_key(payer, lane), 0, 0, 'WITHSCORES')
    since = math.min(since, number_or_zero(first[2] or now))
  end
  count('ready:' .. lane, waiting)
  count('oldest_ms:' .. lane, math.floor(now - since))
end
for _, state in ipairs({ 'running', 'delayed', 'dead', 'done' }) do count(state, redis.call('ZCARD', key(state))) end
local ended = redis.call('HMGET', key('counters'), 'done_dropped', 'dead_dropped')
count('ended', redis.call('ZCARD', key('done')) + redis.call('ZCARD', key('dead')) + number_or_zero(ended[1])
  + number_or_zero(ended[2]))
local due = 0
for _, payer in ipairs(payers) do due = due + redis.call('ZCOUNT', due_key(payer), '-inf', now) end
count('due', due)
local audit = redis.pcall('XLEN', key('audit')) -- of a foreign type it holds nothing of ours
count('audit', type(audit) == 'number' and audit or 0)
count('erasures_overdue', redis.call('ZCOUNT', key('erasing'), '-inf', now - 20 * DAY))

-- A process has a worker a shard: worker-1a2b-0, worker-1a2b-1.
local processes, alive = {}, 0
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', key('workers'), now - 60000, '+inf', 'LIMIT', 0, 10000)) do
  local process = string.match(worker, '^(.*)%-%d+$') or worker
  if not processes[process] then alive = alive + 1 end
  processes[process] = true
end
count('workers', alive)
count('leading', number_or_zero(redis.call('HGET', key('leader'), 'until')) > now and 1 or 0)

-- Scopes of members are what remains.
local pauses = { all = { 'all' }, lane = {}, payer = {} }
for _, lane in ipairs(LANES) do pauses.lane[#pauses.lane + 1] = 'lane:' .. lane end
for _, payer in ipairs(payers) do pauses.payer[#pauses.payer + 1] = 'payer:' .. payer end
local of_members = redis.call('HLEN', key('paused'))
for kind, scopes in pairs(pauses) do
  local in_all = 0
  if #scopes > 0 then
    for _, untill in ipairs(redis.call('HMGET', key('paused'), unpack(scopes))) do
      if untill then of_members = of_members - 1 end
      if untill and in_force(untill) then in_all = in_all + 1 end
    end
  end
  count('paused:' .. kind, in_all)
end
count('paused:member', of_members)

local batches = redis.call('ZRANGE', key('open_batches'), 0, FEW - 1)
local left, queued = 0, 0
for _, batch in ipairs(batches) do
  left = left + redis.call('LLEN', batch_left_key(batch))
  queued = queued + redis.call('ZCARD', batch_jobs_key(batch))
end
count('batches', redis.call('ZCARD', key('open_batches')))
count('batch_jobs:left', left)
count('batch_jobs:queued', queued)

local fresh = {}
for at = 2, #ARGV do
  fresh[#fresh + 1] = redis.call('ZCOUNT', key('lastok'), now - tonumber(ARGV[at]), '+inf')
end
local stopped = {}
for _, payer in ipairs(payers) do
  stopped[#stopped + 1] = payer
  stopped[#stopped + 1] = number_or_zero(redis.call('HGET', grants.key(payer), 'stopped_at')) > 0 and 1 or 0
end
local ending = {}
for _, days in ipairs({ 7, 30 }) do
  ending[#ending + 1] = days .. 'd'
  ending[#ending + 1] = redis.call('ZCOUNT', key('consents'), now, now + days * DAY)
end
local lasting = {}
for _, days in ipairs({ 1, 7, 14, 30, 60, 90, 180, 365 }) do
  lasting[#lasting + 1] = days
  lasting[#lasting + 1] = redis.call('ZCOUNT', key('consents'), now, now + days * DAY)
end
lasting[#lasting + 1] = 'all'
lasting[#lasting + 1] = redis.call('ZCOUNT', key('consents'), now, '+inf')
local granted = {}
local load = redis.call('HGETALL', key('load'))
local running = {}
for at = 1, #load, 2 do running[load[at]] = number_or_zero(load[at + 1]) end
-- What a worker could take up now, or has.
local function workable(payer)
  local jobs = running[payer] or 0
  if paused('all') or paused('payer:' .. payer) then return jobs end
  jobs = jobs + redis.call('ZCOUNT', due_key(payer), '-inf', now)
  for _, lane in ipairs(LANES) do
    if not paused('lane:' .. lane) then jobs = jobs + redis.call('ZCARD', ready_key(payer, lane)) end
  end
  return jobs
end
for _, payer in ipairs(payers) do
  local quota = read_quota(payer)
  granted[#granted + 1] = payer
  granted[#granted + 1] = math.floor(rate_in_force(quota) * 1000)
  granted[#granted + 1] = (quota.blocked_until > now or quota.breaker > 0) and 1 or 0
  granted[#granted + 1] = workable(payer)
end
return { counts, redis.call('HGETALL', key('states')), fresh, redis.call('ZCARD', key('lastok')), stopped, ending,
  lasting, granted }
