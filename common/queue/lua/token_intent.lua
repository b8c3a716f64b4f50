-- token_intent: version, job, member, fence, tokens' version, sends (fewer than before: a request that
-- did not leave is taken back; 0: none is left). Whoever recorded an intent may take it back also when
-- the lease is gone, as long as no successor has put its own over it. While a payer's refreshes are stopped it
-- answers GRANTS_STOPPED and the ms until one may ask.
local tokens = tokens_key(ARGV[3])
local facts = redis.call('HMGET', tokens, 'version', 'intent_fence', 'intent_sends')
local takes_back = facts[2] == ARGV[4] and tonumber(ARGV[6]) < tonumber(facts[3] or '0')
if not takes_back and not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
if facts[1] ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
if ARGV[6] == '0' then
  redis.call('HDEL', tokens, 'intent_version', 'intent_fence', 'intent_at', 'intent_sends')
else
  local wait = takes_back and 0 or grants.wait(redis.call('HGET', job_key(ARGV[2]), 'payer'))
  if wait > 0 then return fail('GRANTS_STOPPED', whole(wait)) end
  redis.call('HSET', tokens, 'intent_version', ARGV[5], 'intent_fence', ARGV[4], 'intent_at', now,
    'intent_sends', ARGV[6])
end
return 1
