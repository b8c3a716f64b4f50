-- recorded: version, then for each member: member, the state that the database of record took, the record's number, or
-- '' where it has no such member. What changed again meanwhile is still to be recorded, from that number on.
for at = 2, #ARGV, 3 do
  local facts = redis.pcall('HMGET', member_key(ARGV[at]), 'state', 'record')
  if facts[1] and ARGV[at + 2] ~= '' and number_or_zero(facts[2] or nil) < tonumber(ARGV[at + 2]) then
    redis.call('HSET', member_key(ARGV[at]), 'record', ARGV[at + 2])
  end
  if facts[1] == ARGV[at + 1] then
    redis.call('ZREM', key('unrecorded'), ARGV[at])
    if redis.call('ZSCORE', key('erase_at'), ARGV[at]) then redis.call('ZADD', key('erase_at'), now_text, ARGV[at]) end
  end
end
return 1
