-- checkpoint: version, job, member, fence, cursor. Who comes further is no poison: stalls begin anew. A job that was
-- cancelled meanwhile learns it here: its next page is not asked for.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return lease_lost() end
if #ARGV[5] > CURSOR_INLINE_MAX then
  redis.call('SET', cursor_key(ARGV[2]), ARGV[5])
  redis.call('HSET', job_key(ARGV[2]), 'cursor', '', 'stalls', 0)
else
  if redis.call('HGET', job_key(ARGV[2]), 'cursor') == '' then redis.call('DEL', cursor_key(ARGV[2])) end
  redis.call('HSET', job_key(ARGV[2]), 'cursor', ARGV[5], 'stalls', 0)
end
if redis.call('HEXISTS', job_key(ARGV[2]), 'cancel') == 1 then return fail('CANCELLED', 'the job was cancelled') end
return 1
