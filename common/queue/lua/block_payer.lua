-- block_payer: version, payer, ms. Keeps the later of two.
local untill = now + tonumber(ARGV[3])
local before = tonumber(redis.call('HGET', quota_key(ARGV[2]), 'blocked_until') or '0')
if untill > before then redis.call('HSET', quota_key(ARGV[2]), 'blocked_until', whole(untill)) end
return 1
