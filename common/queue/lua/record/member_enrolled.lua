-- member_enrolled: version, seed, ms to the safety due time, who adds, the id of the key that wrapped, 1 where tokens
-- were brought, the state before, then the member in the order of mirror.lua's fields.
-- What the database of record was told of an enrolment, and the first sync. Answers {job, is new}.
local of = recorded_from(8)
mirror(of, 0)
if left_meanwhile(of) then
  begin_erasure(of.member, job_id(ARGV[2], 1), { by = ARGV[4], reason = 'left during the enrolment', via = 'enroll' })
end
if redis.call('HGET', member_key(of.member), 'state') ~= 'active' then
  return fail('NOT_ACTIVE', 'the member is being erased; add it when that is done: claimferry erase --wait')
end
if ARGV[6] == '1' then
  keepalive.later(of.payer, of.member, of.token_life)
  trail.add('consent_given', 'member', of.member, 'payer', of.payer, 'by', ARGV[4], 'key', ARGV[5], 'before', ARGV[7])
end
local answer = enqueue(job_id(ARGV[2], 0), of.member, of.payer, 'sync', 'sweep', 'urgent')
if leave_delayed(answer[1], of.member) then
  make_ready(answer[1], of.member, redis.call('HGET', job_key(answer[1]), 'lane'))
end
set_due(of.payer, of.member, now + tonumber(ARGV[3]))
stand(of.member)
return answer
