-- stats: version, then freshness bounds in ms. Answers {names and counts, states and counts, counts of
-- members at most so stale by bound, members with a success, payers and 1 where refreshing is stopped,
-- spans and members whose consent ends within}.
local counts = {}
local function count(name, number)
  counts[#counts + 1] = name
  counts[#counts + 1] = number
end
local payers = redis.call('SMEMBERS', key('payers'))
for _, lane in ipairs(LANES) do
  local waiting = 0
  for _, payer in ipairs(payers) do waiting = waiting + redis.call('ZCARD', ready_key(payer, lane)) end
  count('ready:' .. lane, waiting)
end
for _, state in ipairs({ 'running', 'delayed', 'dead', 'done' }) do count(state, redis.call('ZCARD', key(state))) end
local due = 0
for _, payer in ipairs(payers) do due = due + redis.call('ZCOUNT', due_key(payer), '-inf', now) end
count('due', due)
local audit = redis.pcall('XLEN', key('audit')) -- of a foreign type it holds nothing of ours
count('audit', type(audit) == 'number' and audit or 0)
count('erasures_overdue', redis.call('ZCOUNT', key('erasing'), '-inf', now - 20 * DAY))
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
return { counts, redis.call('HGETALL', key('states')), fresh, redis.call('ZCARD', key('lastok')), stopped, ending }
