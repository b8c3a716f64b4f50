-- enrolment_end: version, hash of the state, what it came to ('connected', or why not). It is kept until its time
-- is over, so that a second callback is told the same. The step that connects a member notes the consent itself.
local enrolment = enrolment_key(ARGV[2])
local facts = redis.call('HMGET', enrolment, 'at', 'member', 'payer')
if facts[1] ~= 'taken' then return 0 end
redis.call('HSET', enrolment, 'at', ARGV[3])
if ARGV[3] ~= 'connected' then
  trail.add('enrolment_failed', 'member', facts[2], 'payer', facts[3], 'code', ARGV[3])
end
return 1
