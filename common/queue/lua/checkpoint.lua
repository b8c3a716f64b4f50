-- checkpoint: version, job, member, fence, cursor.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
redis.call('HSET', job_key(ARGV[2]), 'cursor', ARGV[5])
return 1
