-- token_intent: version, job, member, fence, tokens' version, sends (0 takes the intent back).
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
local tokens = tokens_key(ARGV[3])
if redis.call('HGET', tokens, 'version') ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
if ARGV[6] == '0' then
  redis.call('HDEL', tokens, 'intent_version', 'intent_fence', 'intent_at', 'intent_sends')
else
  redis.call('HSET', tokens, 'intent_version', ARGV[5], 'intent_fence', ARGV[4], 'intent_at', now,
    'intent_sends', ARGV[6])
end
return 1
