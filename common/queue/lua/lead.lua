-- lead: version, holder, lease ms (0: gives it back), ms between a member's syncs. One scheduler at a
-- time leads; its term is the fence of what it does as such. Answers {term or '' when another leads,
-- ms until that lease ends}.
local lease = tonumber(ARGV[3])
local facts = redis.call('HMGET', key('leader'), 'holder', 'term', 'until')
local left = number_or_zero(facts[3]) - now
local is_ours = facts[1] == ARGV[2]
-- A lease can be no longer than what was asked for: a clock that was set back must not lock us out.
if left > 0 and left <= 60000 and not is_ours then return { '', left } end
if lease == 0 then
  if is_ours then redis.call('HSET', key('leader'), 'until', 0) end
  return { '', 0 }
end
local term = is_ours and left > 0 and facts[2] or whole(number_or_zero(facts[2]) + 1)
redis.call('HSET', key('leader'), 'holder', ARGV[2], 'term', term, 'until', whole(now + lease))
if redis.call('HGET', key('meta'), 'interval') ~= ARGV[4] then redis.call('HSET', key('meta'), 'interval', ARGV[4]) end
return { term, lease }
