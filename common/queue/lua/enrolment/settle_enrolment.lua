-- enrolment_end: version, hash of the state, what it came to ('connected', or why not), member, payer. It is kept until
-- its time is over, so that a second callback is told the same; one that is gone by now is noted all the same. The step
-- that connects a member notes the consent itself.
local enrolment, outcome = enrolment_key(ARGV[2]), ARGV[3]
local at = redis.call('HGET', enrolment, 'at')
if at and at ~= 'taken' then return 0 end
if at then redis.call('HSET', enrolment, 'at', outcome) end
if outcome ~= 'connected' then trail.add('enrolment_failed', 'member', ARGV[4], 'payer', ARGV[5], 'code', outcome) end
return at and 1 or 0
