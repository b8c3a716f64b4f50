-- token_store: version, job, member, fence, expected version, sealed refresh token, sealed access
-- token, issued at, expires at or '', sealed patient. Clears the intent in the same step.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
local tokens = tokens_key(ARGV[3])
if redis.call('HGET', tokens, 'version') ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
redis.call('DEL', tokens)
redis.call('HSET', tokens, 'version', tonumber(ARGV[5]) + 1, 'refresh_token', ARGV[6], 'access_token', ARGV[7],
  'issued_at', ARGV[8], 'expires_at', ARGV[9], 'patient', ARGV[10])
return 1
