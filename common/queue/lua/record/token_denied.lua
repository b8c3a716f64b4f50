-- token_denied: version, job, member, fence, share. What token_refused.lua does but for the tokens, which the database
-- of record keeps. Answers as it does.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
local payer = redis.call('HGET', job_key(ARGV[2]), 'payer')
local stopped, began = grants.refuse(payer, ARGV[3], number_or_zero(ARGV[5]))
local wait = stopped and math.max(0, grants.read(payer).asks_at - now) or 0
return { stopped and 1 or 0, began and 1 or 0, wait }
