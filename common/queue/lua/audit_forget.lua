-- audit_forget: version, holder, term, seq that audit_read answered, seq and hash of the line that is durable now,
-- losses that a line tells of, then the ids of entries that are durable. They go, and the head moves, in one step: a
-- file that does not hold this line was cut or is another. Answers 1, or 0 when the head moved meanwhile.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local head = redis.call('HMGET', key('audit_head'), 'seq', 'gone', 'untold')
if (head[1] or '') ~= ARGV[4] then return 0 end
local removed = ARGV[8] and redis.call('XDEL', key('audit'), unpack(ARGV, 8)) or 0
redis.call('HSET', key('audit_head'), 'seq', ARGV[5], 'hash', ARGV[6], 'gone', whole(number_or_zero(head[2]) + removed),
  'untold', whole(math.max(0, number_or_zero(head[3]) - tonumber(ARGV[7]))))
return 1
