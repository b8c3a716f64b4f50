-- recorded: version, then for each member: member, the state that the database of record took, the record's number, or
-- '' where it has no such member. What changed again meanwhile is still to be recorded.
for at = 2, #ARGV, 3 do
  if redis.call('HGET', member_key(ARGV[at]), 'state') == ARGV[at + 1] then
    if ARGV[at + 2] ~= '' then redis.call('HSET', member_key(ARGV[at]), 'record', ARGV[at + 2]) end
    redis.call('ZREM', key('unrecorded'), ARGV[at])
    if redis.call('ZSCORE', key('erase_at'), ARGV[at]) then redis.call('ZADD', key('erase_at'), now_text, ARGV[at]) end
  end
end
return 1
