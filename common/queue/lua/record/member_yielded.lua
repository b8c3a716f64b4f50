-- member_yielded: version, member, the version of the tokens that the database took or ''. They are its own from here
-- on. Answers 1, or 0 where they are others by now: it is to be done again.
local version = redis.call('HGET', tokens_key(ARGV[2]), 'version') or ''
if version ~= ARGV[3] then return 0 end
redis.call('HSET', key('meta'), 'recorded', 1)
redis.call('HSET', member_key(ARGV[2]), 'record', 1)
redis.call('DEL', tokens_key(ARGV[2]))
return 1
