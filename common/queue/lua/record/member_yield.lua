-- member_yield: version, member. What Redis alone knows of a member, for a database that is to keep it from now on, and
-- its tokens; nothing where it is there already, or nobody. Fails while a worker has the member: its refresh may be
-- under way. Answers {fields of the member, fields of its tokens or nothing}, '' for what is not.
local MEMBER = { 'payer', 'state', 'added_at', 'consented_at', 'consent_expires_at', 'last_ok', 'last_sweep', 'erasure',
  'erasing_since', 'erased_at', 'erase_fence', 'consent_terms', 'record' }
local TOKENS = { 'version', 'data_key', 'patient', 'refresh_token', 'access_token', 'issued_at', 'expires_at',
  'enrolled', 'intent_fence', 'intent_at', 'intent_sends', 'intent_before' }
local TERMS = { 'scopes', 'data_classes', 'app', 'organisation', 'policy_version' }
local function told(hash, names)
  local found = redis.call('HMGET', hash, unpack(names))
  for at = 1, #names do found[at] = found[at] or '' end
  return found
end
local about = told(member_key(ARGV[2]), MEMBER)
if about[1] == '' or about[13] ~= '' then return false end
if redis.call('HEXISTS', key('busy'), ARGV[2]) == 1 then
  return fail('BUSY_MEMBER', 'a worker has the member; stop the workers, and run it again')
end
local terms = told(key('terms:' .. about[12]), TERMS)
for at = 1, #terms do about[11 + at] = terms[at] end
local tokens = told(tokens_key(ARGV[2]), TOKENS)
return { about, tokens[1] ~= '' and tokens }
