-- unrecorded: version, count. The members whose state changed here and is not in the database of record yet, the oldest
-- first: for each its id, state, record, erasure, when it left, was erased, and by which fence; '' for what is not.
local answers = {}
local waiting = redis.call('ZRANGE', key('unrecorded'), 0, math.min(tonumber(ARGV[2]), MOST) - 1)
for _, member in ipairs(waiting) do
  local facts = redis.call('HMGET', member_key(member), 'state', 'record', 'erasure', 'erasing_since', 'erased_at',
    'erase_fence')
  if facts[1] then
    for at = 1, #facts do facts[at] = facts[at] or '' end
    answers[#answers + 1] = { member, unpack(facts) }
  else
    redis.call('ZREM', key('unrecorded'), member)
  end
end
return answers
