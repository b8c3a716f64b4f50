-- enqueue: version, member, kind, window, lane, seed. Answers {job, 1 new, 0 known, 2 will run again}.
local member = ARGV[2]
local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
if not facts[1] then return fail('NO_MEMBER', 'no such member; add it first: claimferry member add') end
if facts[2] ~= 'active' and ARGV[3] ~= 'erase' then
  return fail('NOT_ACTIVE', 'the member is ' .. facts[2] .. '; it must consent again: claimferry member add')
end
return enqueue(job_id(ARGV[6], 0), member, facts[1], ARGV[3], ARGV[4], ARGV[5], true)
