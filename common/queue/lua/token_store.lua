-- token_store: version, job, member, fence, expected version, sealed refresh token, sealed access
-- token or '', issued at, expires at or '', sealed patient, the id of the key that
-- sealed, the refresh token's life in ms where the payer named one. Clears the intent in the same step.
-- Whoever sent the refresh may store its answer also when the lease is gone, as long as no intent of
-- another stands: a successor puts its own over it before it sends, and what the payer answered is the only
-- token there is. So it is, too, where the payer refused the successor's late retry, or did not take it: a
-- member that was parked for that is active again. The data key is left alone: it may have been wrapped anew
-- since these were loaded.
local tokens = tokens_key(ARGV[3])
local facts = redis.call('HMGET', tokens, 'version', 'intent_fence', 'intent_at', 'intent_before')
local is_held = holds(ARGV[2], ARGV[3], ARGV[4])
local outlived = not facts[2] and facts[4] == ARGV[4]
if facts[1] ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
if not is_held and facts[2] ~= ARGV[4] and not outlived then return lease_lost() end
redis.call('HDEL', tokens, 'access_token', 'expires_at', 'intent_version', 'intent_fence', 'intent_at',
  'intent_sends', 'intent_before')
redis.call('HSET', tokens, 'version', tonumber(ARGV[5]) + 1, 'refresh_token', ARGV[6], 'access_token', ARGV[7],
  'issued_at', ARGV[8], 'expires_at', ARGV[9])
redis.call('HSETNX', tokens, 'patient', ARGV[10]) -- the one that was handed in is there already
token_served(ARGV[3], ARGV[2], ARGV[4], { version = whole(tonumber(ARGV[5]) + 1), key = ARGV[11], life = ARGV[12],
  left_at = number_or_zero(facts[3]), outlived = outlived })
return 1
