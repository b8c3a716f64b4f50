-- token_intent: version, job, member, fence, tokens' version, sends (fewer than before: a request that
-- did not leave is taken back; 0: none is left). Whoever recorded an intent may take it back also when
-- the lease is gone, as long as no successor has put its own over it. A late retry that is taken back leaves
-- the intent to whoever sent the first request: its answer may still come (token_store.lua). While a payer's
-- refreshes are stopped it answers GRANTS_STOPPED and the ms until one may ask.
local tokens = tokens_key(ARGV[3])
local facts = redis.call('HMGET', tokens, 'version', 'intent_fence', 'intent_sends', 'intent_before')
local sends, standing, is_own = tonumber(ARGV[6]), tonumber(facts[3] or '0'), facts[2] == ARGV[4]
local takes_back = is_own and sends < standing
if not takes_back and not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
if facts[1] ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
-- What is taken back was never recorded: another's stands as it did.
if not is_own and standing > 0 and sends <= standing then return 1 end
if sends == 0 then
  redis.call('HDEL', tokens, 'intent_version', 'intent_fence', 'intent_at', 'intent_sends')
  return 1
end
local wait = takes_back and 0 or grants.wait(redis.call('HGET', job_key(ARGV[2]), 'payer'))
if wait > 0 then return fail('GRANTS_STOPPED', whole(wait)) end
local fence = takes_back and facts[4] or ARGV[4]
redis.call('HSET', tokens, 'intent_version', ARGV[5], 'intent_fence', fence, 'intent_at', now, 'intent_sends',
  ARGV[6])
if takes_back then
  redis.call('HDEL', tokens, 'intent_before')
elseif not is_own and standing > 0 then
  redis.call('HSET', tokens, 'intent_before', facts[2])
end
return 1
