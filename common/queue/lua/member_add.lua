-- member_add: version, member, payer, seed, ms to the safety due time, the refresh token's fingerprint, a
-- fresh wrapped data key, and sealed under it: patient, refresh token, access token or '' with issued at and
-- expires at or ''; then, or '', the data key that stands here and the patient sealed under that one; who adds, the
-- id of the key that wrapped, when the enrolment began or '', the version of the tokens that the caller looked at or
-- ''; the refresh token's life in ms where the payer named one, or ''; ms that a consent lasts of which nothing more is
-- known, or '': without an end; then, where the consent is known, when it was given and ends, and its terms, fields and
-- values.
-- Registers the member or renews its consent, and enqueues the first sync. Answers {job, is new}. The same
-- refresh token again, without a new consent, changes no tokens: by then it may have been spent, and what stands here
-- is what it was traded for. Its patient is put right all the same, under the data key of those tokens.
local elsewhere = kept_elsewhere()
if elsewhere then return elsewhere end
local member, payer = ARGV[2], ARGV[3]
local facts = redis.call('HMGET', member_key(member), 'payer', 'state', 'erased_at')
if facts[1] and facts[1] ~= payer and facts[2] ~= 'erased' then
  return fail('OTHER_PAYER', 'the member id is taken under payer ' .. facts[1] .. '; ids are unique over all payers')
end
if facts[2] == 'erasing' then
  return fail('NOT_ACTIVE', 'the member is being erased; add it when that is done: claimferry erase --wait')
end
local begun_at = tonumber(ARGV[17] or '')
if begun_at and facts[2] == 'erased' and begun_at <= number_or_zero(facts[3]) then
  return fail('NOT_ACTIVE', 'the member was erased after this enrolment began; it must begin anew')
end
if begun_at and begun_at <= number_or_zero(redis.pcall('GET', left_key(member))) then
  return fail('NOT_ACTIVE', 'the member left after this enrolment began; it must begin anew')
end

local tokens = tokens_key(member)
local enrolled = redis.call('HMGET', tokens, 'enrolled', 'version', 'data_key')
local is_known = ARGV[6] ~= '' and ARGV[6] == enrolled[1]
if ARGV[18] and ARGV[18] ~= '' and ARGV[18] ~= (enrolled[2] or '0') then
  return fail('TOKEN_VERSION', 'the tokens were renewed')
end
-- A payer that does not rotate answers a new consent with the same refresh token; the same answer handed in again,
-- because its first answer was lost, is no new consent.
local given_at = ARGV[21]
local is_consent = given_at and not (is_known and redis.call('HGET', member_key(member), 'consented_at') == given_at)
local brings_tokens = is_consent or not is_known
if not brings_tokens and facts[2] == 'reconsent' then
  return fail('TOKEN_SPENT', 'the payer refused this refresh token; the member must consent again for a new one')
end
if not brings_tokens and enrolled[3] ~= ARGV[13] then
  return fail('OTHER_DATA_KEY', 'the tokens of this member stand under another data key; add it once more')
end

redis.call('SADD', key('payers'), payer)
redis.call('HSETNX', member_key(member), 'added_at', now)
redis.call('HSET', member_key(member), 'payer', payer)
set_member_state(member, 'active')
if is_consent then
  local terms = string.sub(redis.sha1hex(table.concat(ARGV, '\0', 23)), 1, 16)
  redis.call('HSET', key('terms:' .. terms), unpack(ARGV, 23))
  redis.call('HSET', member_key(member), 'consented_at', given_at, 'consent_terms', terms,
    'consent_expires_at', ARGV[22])
  redis.call('ZADD', key('consents'), ARGV[22], member)
elseif not is_known then -- handed in by other means: what was consented to is not known here
  redis.call('HSET', member_key(member), 'consented_at', now)
  redis.call('HDEL', member_key(member), 'consent_terms', 'consent_expires_at')
  redis.call('ZREM', key('consents'), member)
  if (ARGV[20] or '') ~= '' then
    local ends_at = whole(now + tonumber(ARGV[20]))
    redis.call('HSET', member_key(member), 'consent_expires_at', ends_at)
    redis.call('ZADD', key('consents'), ends_at, member)
  end
end
if brings_tokens then
  trail.add('consent_given', 'member', member, 'payer', payer, 'by', ARGV[15], 'key', ARGV[16],
    'before', facts[2] or '')
  keepalive.later(payer, member, ARGV[19])
end
-- Also what was in doubt of the refresh token ends: the payer has just given it.
if brings_tokens then
  redis.call('DEL', tokens)
  redis.call('HSET', tokens, 'version', tonumber(enrolled[2] or '0') + 1, 'enrolled', ARGV[6], 'data_key', ARGV[7],
    'patient', ARGV[8], 'refresh_token', ARGV[9])
  if ARGV[10] ~= '' then
    redis.call('HSET', tokens, 'access_token', ARGV[10], 'issued_at', ARGV[11], 'expires_at', ARGV[12])
  end
  local busy = redis.call('HGET', key('busy'), member)
  if busy then redis.call('HSET', job_key(busy), 'renewed', 1) end
else
  redis.call('HSET', tokens, 'patient', ARGV[14])
end

local answer = enqueue(job_id(ARGV[4], 0), member, payer, 'sync', 'sweep', 'urgent')
if leave_delayed(answer[1], member) then
  make_ready(answer[1], member, redis.call('HGET', job_key(answer[1]), 'lane'))
end
set_due(payer, member, now + tonumber(ARGV[5]))
stand(member)
return answer
