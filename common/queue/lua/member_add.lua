-- member_add: version, member, payer, sealed patient, sealed refresh token, seed, ms to the safety due
-- time. Registers the member or renews its consent, and enqueues the first sync. Answers {job, is new}.
local member, payer = ARGV[2], ARGV[3]
local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
if facts[1] and facts[1] ~= payer then
  return fail('OTHER_PAYER', 'the member id is taken under payer ' .. facts[1] .. '; ids are unique over all payers')
end
if facts[2] == 'erasing' or facts[2] == 'erased' then return fail('NOT_ACTIVE', 'the member is ' .. facts[2]) end

redis.call('SADD', key('payers'), payer)
redis.call('HSET', member_key(member), 'payer', payer, 'consented_at', now)
redis.call('HSETNX', member_key(member), 'added_at', now)
set_member_state(member, 'active')
local tokens = tokens_key(member)
local version = tonumber(redis.call('HGET', tokens, 'version') or '0') + 1
redis.call('DEL', tokens)
redis.call('HSET', tokens, 'version', version, 'refresh_token', ARGV[5], 'patient', ARGV[4])

local answer = enqueue(job_id(ARGV[6], 0), member, payer, 'sync', 'sweep', 'urgent')
if redis.call('ZREM', key('delayed'), answer[1]) == 1 then
  make_ready(answer[1], member, redis.call('HGET', job_key(answer[1]), 'lane'))
end
set_due(member, now + tonumber(ARGV[7]))
stand(member)
return answer
