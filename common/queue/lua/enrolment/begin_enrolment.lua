-- enrolment_begin: version, hash of the state, member, payer, ms to live, who asks, then fields and values to
-- keep. Answers ms since 1970 of the beginning: what was erased after it does not come back by its callback.
local enrolment, member, payer = enrolment_key(ARGV[2]), ARGV[3], ARGV[4]
local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
if facts[1] and facts[1] ~= payer and facts[2] ~= 'erased' then
  return fail('OTHER_PAYER', 'the member id is taken under payer ' .. facts[1] .. '; ids are unique over all payers')
end
if facts[2] == 'erasing' then return fail('NOT_ACTIVE', 'the member is being erased; ask again when that is done') end
if redis.call('EXISTS', enrolment) == 1 then return fail('BAD_ARGS', 'the state is not random') end
redis.call('HSET', enrolment, 'at', 'waiting', 'member', member, 'payer', payer, 'begun_at', now, 'ends_at',
  whole(now + ARGV[5]), unpack(ARGV, 7))
redis.call('PEXPIRE', enrolment, ARGV[5])
trail.add('enrolment_begun', 'member', member, 'payer', payer, 'by', ARGV[6])
return now
