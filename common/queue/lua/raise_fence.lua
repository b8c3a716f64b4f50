-- raise_fence: version, a fence that a sink holds. The next one given is above it.
local last = number_or_zero(redis.call('GET', key('fence')))
if tonumber(ARGV[2]) > last then redis.call('SET', key('fence'), whole(tonumber(ARGV[2]))) end
return 1
