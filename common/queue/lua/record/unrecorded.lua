-- unrecorded: version, count. The members whose state changed here and is not in the database of record yet, the oldest
-- first: for each its id, state, record, erasure, when it left, was erased, and by which fence; '' for what is not. One
-- whose hash is not ours to read stands in nobody's way.
local STATES = { active = true, reconsent = true, erasing = true, erased = true }
local function time_or_none(text)
  local at = number_or_zero(text or nil)
  return at > 0 and whole(at) or ''
end
local answers = {}
local waiting = redis.call('ZRANGE', key('unrecorded'), 0, math.min(tonumber(ARGV[2]), MOST) - 1)
for _, member in ipairs(waiting) do
  local facts = redis.pcall('HMGET', member_key(member), 'state', 'record', 'erasure', 'erasing_since', 'erased_at',
    'erase_fence')
  if facts[1] and STATES[facts[1]] then
    answers[#answers + 1] = { member, facts[1], whole(number_or_zero(facts[2] or nil)), facts[3] or '',
      time_or_none(facts[4]), time_or_none(facts[5]), facts[6] or '' }
  else
    redis.call('ZREM', key('unrecorded'), member)
    if facts[1] or facts.err then trail.add('member_not_recorded', 'member', member) end
  end
end
return answers
