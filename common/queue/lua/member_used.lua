-- member_used: version, member. Somebody asked for the member: who is used is not dormant (retain.lua). Noted once an
-- hour at most. Answers 1 when it was noted; a member who is not there, or is leaving, stays as it is.
local USED_EVERY = 3600000 -- ms
local facts = redis.call('HMGET', member_key(ARGV[2]), 'state', 'last_used')
if not facts[1] or facts[1] == 'erasing' or facts[1] == 'erased' then return 0 end
local since = now - number_or_zero(facts[2])
if since >= 0 and since < USED_EVERY then return 0 end
redis.call('HSET', member_key(ARGV[2]), 'last_used', now_text)
return 1
