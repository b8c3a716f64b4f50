-- checkpoint: version, job, member, fence, cursor.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
if #ARGV[5] > CURSOR_INLINE_MAX then
  redis.call('SET', cursor_key(ARGV[2]), ARGV[5])
  redis.call('HSET', job_key(ARGV[2]), 'cursor', '')
else
  redis.call('HSET', job_key(ARGV[2]), 'cursor', ARGV[5])
end
return 1
