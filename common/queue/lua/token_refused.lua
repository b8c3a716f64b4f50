-- token_refused: version, job, member, fence, tokens' version, share. The payer answered invalid_grant: its refusal
-- is counted, and the intent goes, because the token was not taken. Whose intent was there before a late retry's is
-- remembered: its answer may still come (token_store.lua). Answers {1 where refreshing is stopped and the
-- member is not to be parked, 1 where this refusal stopped it, ms until the next one may ask}.
local tokens = tokens_key(ARGV[3])
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
if redis.call('HGET', tokens, 'version') ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
redis.call('HDEL', tokens, 'intent_version', 'intent_fence', 'intent_at', 'intent_sends')
local payer = redis.call('HGET', job_key(ARGV[2]), 'payer')
local stopped, began = grants.refuse(payer, ARGV[3], number_or_zero(ARGV[6]))
local wait = stopped and math.max(0, grants.read(payer).asks_at - now) or 0
return { stopped and 1 or 0, began and 1 or 0, wait }
