-- token_load: version, member. Answers the tokens' fields in order, the last one how many ms ago the
-- intent was recorded, by Redis' own clock; nothing where there are none.
local elsewhere = kept_elsewhere()
if elsewhere then return elsewhere end
local fields = redis.call('HMGET', tokens_key(ARGV[2]), 'version', 'data_key', 'refresh_token', 'access_token',
  'issued_at', 'expires_at', 'patient', 'intent_version', 'intent_fence', 'intent_sends', 'intent_at')
if not fields[1] then return false end
for at = 1, #fields do fields[at] = fields[at] or '' end
if fields[11] ~= '' then fields[11] = whole(math.max(0, now - tonumber(fields[11]))) end
return fields
