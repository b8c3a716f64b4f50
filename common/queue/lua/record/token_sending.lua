-- token_sending: version, job, member, fence, 1 where a refresh is to leave. For tokens that the database of record
-- keeps. Answers {1 where the lease holds the member, ms until a refresh of its payer may leave}.
if not holds(ARGV[2], ARGV[3], ARGV[4]) then return { 0, 0 } end
return { 1, ARGV[5] == '1' and grants.wait(redis.call('HGET', job_key(ARGV[2]), 'payer')) or 0 }
