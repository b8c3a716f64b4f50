-- member_add: version, member, payer, sealed patient, sealed refresh token, seed, ms to the safety due
-- time, then the refresh token's fingerprints, the one to keep first. Registers the member or renews its
-- consent, and enqueues the first sync. Answers {job, is new}. The same refresh token again changes no
-- tokens: by then it may have been spent, and what stands here is what it was traded for. Its patient
-- is put right all the same.
local member, payer = ARGV[2], ARGV[3]
local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
if facts[1] and facts[1] ~= payer then
  return fail('OTHER_PAYER', 'the member id is taken under payer ' .. facts[1] .. '; ids are unique over all payers')
end
if facts[2] == 'erasing' or facts[2] == 'erased' then return fail('NOT_ACTIVE', 'the member is ' .. facts[2]) end

local tokens = tokens_key(member)
local enrolled = redis.call('HMGET', tokens, 'enrolled', 'version')
local is_known = false
for at = 8, #ARGV do is_known = is_known or ARGV[at] == enrolled[1] end
if is_known and facts[2] == 'reconsent' then
  return fail('TOKEN_SPENT', 'the payer refused this refresh token; the member must consent again for a new one')
end

redis.call('SADD', key('payers'), payer)
redis.call('HSETNX', member_key(member), 'added_at', now)
redis.call('HSET', member_key(member), 'payer', payer)
set_member_state(member, 'active')
if not is_known then
  redis.call('HSET', member_key(member), 'consented_at', now)
  redis.call('DEL', tokens)
  redis.call('HSET', tokens, 'version', tonumber(enrolled[2] or '0') + 1, 'refresh_token', ARGV[5],
    'patient', ARGV[4], 'enrolled', ARGV[8] or '')
  local busy = redis.call('HGET', key('busy'), member)
  if busy then redis.call('HSET', job_key(busy), 'renewed', 1) end
else
  redis.call('HSET', tokens, 'patient', ARGV[4])
end

local answer = enqueue(job_id(ARGV[6], 0), member, payer, 'sync', 'sweep', 'urgent')
if leave_delayed(answer[1], member) then
  make_ready(answer[1], member, redis.call('HGET', job_key(answer[1]), 'lane'))
end
set_due(payer, member, now + tonumber(ARGV[7]))
stand(member)
return answer
